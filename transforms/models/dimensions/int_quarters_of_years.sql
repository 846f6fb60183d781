{#- The quarters of each year of the books. -#}
{{ config(materialized='ephemeral') }}

with years as (
    select * from {{ ref('int_years_of_books') }}
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
)

select * from quarters
