{#- Months, quarters and years to date are those of the profit and loss, and so are those of a year before. -#}
-- depends_on: {{ ref('touched_companies') }}
with comparative as (
    select * from {{ ref('profit_and_loss_comparative') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

profit_and_loss as (
    select * from {{ ref('profit_and_loss') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

years as (
    select * from {{ ref('profit_and_loss_by_financial_year') }}
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
    union all
    select
        comparative.company_id,
        'quarters' as measure,
        years.period_start,
        comparative.nominal_code,
        comparative.amount as found,
        0 as expected
    from comparative
    inner join years
        on
            comparative.company_id = years.company_id
            and comparative.nominal_code = years.nominal_code
            and comparative.period_start between years.period_start and years.period_end
    where comparative.period_type = 'quarter'
    union all
    select
        company_id,
        'quarters' as measure,
        period_start,
        nominal_code,
        0 as found,
        amount as expected
    from years
    union all
    select
        comparative.company_id,
        'year to date' as measure,
        comparative.period_start,
        comparative.nominal_code,
        comparative.amount as found,
        years.amount as expected
    from comparative
    inner join years
        on
            comparative.company_id = years.company_id
            and comparative.nominal_code = years.nominal_code
            and comparative.period_start = years.period_start
            and comparative.period_end = years.period_end
    where comparative.period_type = 'financial_year_to_date'
),

compared as (
    select
        company_id,
        measure,
        period_start,
        nominal_code,
        sum(expected) as expected,
        sum(found) as found
    from sides
    group by company_id, measure, period_start, nominal_code
),

findings as (
    select
        company_id,
        {{ finding(
            'comparatives_differ',
            sentence(
                'The {measure} from {date} of account {account} is {found} in the comparative profit and loss and {expected}'
                ~ ' in the profit and loss. Run `accbooks transform --full-refresh`; if it stays, report it.',
                measure='measure',
                date='period_start',
                account='nominal_code',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource='measure',
            report="'profit_loss'",
            period_start='period_start',
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected <> found
)

select * from findings
