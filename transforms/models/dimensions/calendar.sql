with financial_years as (
    select * from {{ ref('int_financial_years') }}
),

months as (
    select * from {{ beside(ref('months')) }}
),

-- one year that holds the whole history may have gaps of centuries
stretches as (
    select
        financial_years.*,
        financial_years.financial_year_start as first_day,
        financial_years.financial_year_end as last_day
    from financial_years
    where financial_years.is_year_end_known
    union all
    select
        financial_years.*,
        months.month_start as first_day,
        months.month_end as last_day
    from financial_years
    inner join months on financial_years.company_id = months.company_id
    where not financial_years.is_year_end_known
),

days as (
    select
        stretches.*,
        stretches.first_day + cast({{ number_of('days') }} as integer) as date_day
    from stretches
    {{ with_numbers('0', days_after('stretches.last_day', 'stretches.first_day'), 'days') }}
),

numbered as (
    select
        company_id,
        date_day,
        {{ first_day_of_month('date_day') }} as month_start,
        {{ dbt.last_day('date_day', 'month') }} as month_end,
        financial_year_start,
        financial_year_end,
        financial_year_name,
        is_year_end_known,
        case
            when is_year_end_known then first_month else {{ date_of(year_of('date_day'), '1', '1') }}
        end as first_month,
        case
            when is_year_end_known then {{ financial_month('date_day', 'first_month') }}
            else {{ month_of('date_day') }}
        end as financial_month
    from days
),

with_quarters as (
    select
        numbered.*,
        {{ quarter_of('numbered.financial_month') }} as financial_quarter,
        3 * {{ quarter_of('numbered.financial_month') }} - 3 as months_before
    from numbered
),

calendar as (
    select
        company_id,
        date_day,
        month_start,
        month_end,
        case
            when is_year_end_known and financial_quarter = 1 then financial_year_start
            else {{ add_months('first_month', 'months_before') }}
        end as quarter_start,
        case
            when is_year_end_known and financial_quarter = 4 then financial_year_end
            else {{ dbt.last_day(add_months(add_months('first_month', 'months_before'), '2'), 'month') }}
        end as quarter_end,
        case when is_year_end_known then financial_year_start end as financial_year_start,
        case when is_year_end_known then financial_year_end end as financial_year_end,
        case when is_year_end_known then financial_quarter end as financial_quarter,
        case when is_year_end_known then financial_month end as financial_month,
        financial_year_name
    from with_quarters
)

select * from calendar
