{#- The months of each year of the books. -#}
{{ config(materialized='ephemeral') }}

with years as (
    select * from {{ ref('int_years_of_books') }}
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
)

select * from month_starts
