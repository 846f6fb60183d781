with financial_years as (
    select * from {{ ref('int_financial_years') }}
),

month_starts as (
    select * from {{ ref('int_months_of_years') }}
),

quarters as (
    select * from {{ ref('int_quarters_of_years') }}
),

periods as (
    select
        company_id,
        'month' as period_type,
        period_start,
        {{ dbt.last_day('period_start', 'month') }} as period_end,
        substring({{ as_text('period_start') }}, 1, 7) as period_name,
        financial_year_start,
        financial_year_end,
        is_year_end_known
    from month_starts
    union all
    select
        company_id,
        'quarter' as period_type,
        period_start,
        period_end,
        coalesce(financial_year_name, {{ as_text(year_of('period_start')) }}) || ' Q'
        || case
            when is_year_end_known then {{ as_text('number_of_quarter + 1') }}
            else {{ as_text(quarter_of(month_of('period_start'))) }}
        end as period_name,
        financial_year_start,
        financial_year_end,
        is_year_end_known
    from quarters
    union all
    select
        company_id,
        'financial_year' as period_type,
        financial_year_start as period_start,
        financial_year_end as period_end,
        financial_year_name as period_name,
        financial_year_start,
        financial_year_end,
        is_year_end_known
    from financial_years
    where is_year_end_known
),

financial_periods as (
    select
        company_id,
        period_type,
        period_start,
        period_end,
        period_name,
        case when is_year_end_known then financial_year_start end as financial_year_start,
        case when is_year_end_known then financial_year_end end as financial_year_end,
        is_year_end_known and financial_year_end < {{ day_of_reading() }} as is_closed,
        is_year_end_known
        and (period_start < financial_year_start or period_end > financial_year_end) as crosses_year_end
    from periods
)

select * from financial_periods
