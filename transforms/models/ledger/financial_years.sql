-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    on_schema_change='append_new_columns',
    incremental_predicates=["{{ of_touched_companies('company_id') }}"]
) }}

with months as (
    select * from {{ ref('months') }}
    {%- if is_incremental() %}
    where {{ of_touched_companies('company_id') }}
    {%- endif %}
),

year_ends as (
    select * from {{ ref('int_year_ends') }}
),

years_of_months as (
    select
        company_id,
        {{ year_of('month_start') }} as calendar_year
    from months
    union distinct
    select
        company_id,
        {{ year_of('month_start') }} + 1 as calendar_year
    from months
),

calendar_years as (
    select
        company_id,
        years_of_months.calendar_year,
        year_ends.year_end_month,
        year_ends.year_end_day
    from years_of_months
    inner join year_ends using (company_id)
),

-- the first and the last year are cut off where dates end
years as (
    select
        calendar_years.company_id,
        case
            when calendar_years.calendar_year <= {{ year_of(earliest_date()) }} then {{ earliest_date() }}
            else {{ year_end_in(
                'calendar_years.calendar_year - 1', 'calendar_years.year_end_month', 'calendar_years.year_end_day'
            ) }} + 1
        end as financial_year_start,
        case
            when calendar_years.calendar_year > {{ year_of(latest_date()) }} then {{ latest_date() }}
            else {{ year_end_in(
                'calendar_years.calendar_year', 'calendar_years.year_end_month', 'calendar_years.year_end_day'
            ) }}
        end as financial_year_end
    from calendar_years
),

bounds as (
    select
        company_id,
        min(month_start) as first_day,
        max(month_end) as last_day
    from months
    group by company_id
),

financial_years as (
    -- years that no month lies in are left out
    select distinct
        years.company_id,
        years.financial_year_start,
        years.financial_year_end,
        true as is_year_end_known
    from years
    inner join months
        on
            years.company_id = months.company_id
            and years.financial_year_start <= months.month_end
            and years.financial_year_end >= months.month_start
    where years.financial_year_start <= years.financial_year_end
    union all
    -- without a year end nothing rolls over: one year holds the whole history
    select
        bounds.company_id,
        bounds.first_day as financial_year_start,
        bounds.last_day as financial_year_end,
        false as is_year_end_known
    from bounds
    left join year_ends on bounds.company_id = year_ends.company_id
    where year_ends.company_id is null
)

select * from financial_years
