{#- The months of the comparative profit and loss beside those of the profit and loss. -#}
-- depends_on: {{ ref('touched_companies') }}
with comparative as (
    select * from {{ ref('profit_and_loss_comparative') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

profit_and_loss as (
    select * from {{ ref('profit_and_loss') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

sides as (
    select
        company_id,
        'month' as measure,
        period_start,
        nominal_code,
        amount as found,
        0 as expected
    from comparative
    where period_type = 'month'
    union all
    select
        company_id,
        'month' as measure,
        period_start,
        nominal_code,
        0 as found,
        amount as expected
    from profit_and_loss
    union all
    -- accounts are there from their first posting on, so whatever was there a year before is there now
    select
        company_id,
        'month of last year' as measure,
        period_start,
        nominal_code,
        amount_last_year as found,
        0 as expected
    from comparative
    where period_type = 'month'
    union all
    select
        earlier.company_id,
        'month of last year' as measure,
        later.period_start,
        earlier.nominal_code,
        0 as found,
        earlier.amount as expected
    from profit_and_loss as earlier
    inner join profit_and_loss as later
        on
            earlier.company_id = later.company_id
            and earlier.nominal_code = later.nominal_code
            and {{ add_months('earlier.period_start', '12') }} = later.period_start
)

select * from sides
