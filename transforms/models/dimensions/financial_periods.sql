with financial_years as (
    select * from {{ ref('int_financial_years') }}
),

months as (
    select * from {{ beside(ref('months')) }}
),

calendar_years as (
    select distinct
        company_id,
        {{ date_of(year_of('month_start'), '1', '1') }} as first_month
    from months
),

years as (
    select
        company_id,
        financial_year_start,
        financial_year_end,
        financial_year_name,
        is_year_end_known,
        first_month
    from financial_years
    where is_year_end_known
    union all
    -- one year that holds the whole history may have gaps of centuries
    select
        financial_years.company_id,
        financial_years.financial_year_start,
        financial_years.financial_year_end,
        financial_years.financial_year_name,
        financial_years.is_year_end_known,
        calendar_years.first_month
    from financial_years
    inner join calendar_years on financial_years.company_id = calendar_years.company_id
    where not financial_years.is_year_end_known
),

every_month as (
    select
        years.*,
        {{ add_months('years.first_month', number_of('numbers')) }} as period_start
    from years
    {{ with_numbers('0', '11', 'numbers') }}
),

-- a year that is cut off where dates end has fewer
month_starts as (
    select * from every_month
    where
        not is_year_end_known
        or (period_start <= financial_year_end and {{ dbt.last_day('period_start', 'month') }} >= financial_year_start)
),

every_quarter as (
    select
        years.*,
        cast({{ number_of('numbers') }} as integer) as number_of_quarter,
        3 * cast({{ number_of('numbers') }} as integer) as months_before
    from years
    {{ with_numbers('0', '3', 'numbers') }}
),

quarter_numbers as (
    select * from every_quarter
    where
        not is_year_end_known
        or (
            {{ add_months('first_month', 'months_before') }} <= financial_year_end
            and {{ dbt.last_day(add_months(add_months('first_month', 'months_before'), '2'), 'month') }}
            >= financial_year_start
        )
),

quarters as (
    select
        company_id,
        financial_year_start,
        financial_year_end,
        financial_year_name,
        is_year_end_known,
        number_of_quarter,
        case
            when is_year_end_known and number_of_quarter = 0 then financial_year_start
            else {{ add_months('first_month', 'months_before') }}
        end as period_start,
        case
            when is_year_end_known and number_of_quarter = 3 then financial_year_end
            when is_year_end_known
                then
                    least(
                        {{ dbt.last_day(add_months(add_months('first_month', 'months_before'), '2'), 'month') }},
                        financial_year_end
                    )
            else {{ dbt.last_day(add_months(add_months('first_month', 'months_before'), '2'), 'month') }}
        end as period_end
    from quarter_numbers
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
        is_year_end_known and financial_year_end < current_date as is_closed,
        is_year_end_known
        and (period_start < financial_year_start or period_end > financial_year_end) as crosses_year_end
    from periods
)

select * from financial_periods
