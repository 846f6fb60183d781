{#- The financial years of the books; calendar years where the year end is not known. -#}
{{ config(materialized='ephemeral') }}

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
        company_id,
        financial_years.financial_year_start,
        financial_years.financial_year_end,
        financial_years.financial_year_name,
        financial_years.is_year_end_known,
        calendar_years.first_month
    from financial_years
    inner join calendar_years using (company_id)
    where not financial_years.is_year_end_known
)

select * from years
