{#- The quarters and years to date of the comparative profit and loss beside the financial years. -#}
-- depends_on: {{ ref('touched_companies') }}
with comparative as (
    select * from {{ ref('profit_and_loss_comparative') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

years as (
    select * from {{ ref('profit_and_loss_by_financial_year') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

sides as (
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
        company_id,
        'year to date' as measure,
        period_start,
        nominal_code,
        comparative.amount as found,
        years.amount as expected
    from comparative
    inner join years using (company_id, nominal_code, period_start, period_end)
    where comparative.period_type = 'financial_year_to_date'
)

select * from sides
