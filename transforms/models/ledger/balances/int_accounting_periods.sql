with months as (
    select * from {{ ref('months') }}
),

financial_years as (
    select * from {{ ref('financial_years') }}
),

periods as (
    select
        months.company_id,
        months.month_start,
        months.month_end,
        financial_years.financial_year_start,
        financial_years.financial_year_end,
        -- a year may end in the middle of a month, which is then two periods
        greatest(months.month_start, financial_years.financial_year_start) as period_start,
        least(months.month_end, financial_years.financial_year_end) as period_end
    from months
    inner join financial_years
        on
            months.company_id = financial_years.company_id
            and months.month_start <= financial_years.financial_year_end
            and months.month_end >= financial_years.financial_year_start
)

select * from periods
