-- depends_on: {{ ref('touched_companies') }}
{{ config(materialized=kept_table(), incremental_strategy='replace_companies') }}

with months as (
    select * from {{ ref('months') }}
    {%- if is_incremental() %}
    where {{ of_touched_companies('company_id') }}
    {%- endif %}
),

year_ends as (
    select * from {{ ref('int_year_ends') }}
),

bounds as (
    select
        company_id,
        min(month_start) as first_day,
        max(month_end) as last_day
    from months
    group by company_id
),

calendars as (
    select
        bounds.company_id,
        bounds.first_day,
        bounds.last_day,
        year_ends.year_end_month,
        year_ends.year_end_day
    from bounds
    inner join year_ends on bounds.company_id = year_ends.company_id
),

year_end_months as (
    select
        calendars.company_id,
        calendars.first_day,
        calendars.last_day,
        calendars.year_end_day,
        {{ date_of(number_of('years'), 'calendars.year_end_month', '1') }} as month_start
    from calendars
    -- one year before the first, for the first year's start
    {{ with_numbers(year_of('calendars.first_day') ~ ' - 1', year_of('calendars.last_day') ~ ' + 1', 'years') }}
),

ends as (
    select
        company_id,
        first_day,
        last_day,
        -- 02-29 is the last day of February, 02-28 stays the 28th in a leap year
        least(month_start + year_end_day - 1, {{ last_day_of_month('month_start') }}) as financial_year_end
    from year_end_months
),

years as (
    select
        company_id,
        first_day,
        last_day,
        max(financial_year_end) over (
            partition by company_id
            order by financial_year_end
            rows between 1 preceding and 1 preceding
        ) + 1 as financial_year_start,
        financial_year_end
    from ends
),

financial_years as (
    select
        company_id,
        financial_year_start,
        financial_year_end,
        true as is_year_end_known
    from years
    where financial_year_start <= last_day and financial_year_end >= first_day
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
