{#- The months of the books, and of a company without any posting those of the last year: it files nil returns. -#}
{{ config(materialized='ephemeral') }}

with companies as (
    select * from {{ ref('stg_company') }}
),

posting_months as (
    select
        company_id,
        month_start,
        month_end
    from {{ beside(ref('months')) }}
),

idle as (
    select
        companies.company_id,
        greatest(
            {{ first_day_of_month('companies.books_start_date') }},
            {{ add_months(first_day_of_month(day_of_reading()), '-12') }}
        ) as first_month
    from companies
    left join posting_months on companies.company_id = posting_months.company_id
    where posting_months.company_id is null
),

idle_months as (
    select
        idle.company_id,
        {{ add_months('idle.first_month', number_of('numbers')) }} as month_start
    from idle
    {{ with_numbers('0', months_after(day_of_reading(), 'idle.first_month'), 'numbers') }}
),

vat_months as (
    select * from posting_months
    union all
    select
        company_id,
        month_start,
        {{ dbt.last_day('month_start', 'month') }} as month_end
    from idle_months
)

select * from vat_months
