with held_years as (
    select * from {{ ref('financial_years') }}
),

year_ends as (
    select * from {{ ref('int_year_ends') }}
),

bounds as (
    select
        company_id,
        min(month_start) as first_day,
        max(month_end) as last_day
    from {{ ref('months') }}
    group by company_id
),

found as (
    select
        company_id,
        financial_year_end as period,
        financial_year_start,
        is_year_end_known
    from held_years
),

calendars as (
    select
        company_id,
        months.first_day,
        months.last_day,
        year_ends.year_end_month,
        year_ends.year_end_day
    from bounds as months
    inner join year_ends using (company_id)
),

year_end_months as (
    select
        calendars.company_id,
        calendars.year_end_day,
        {{ date_of(number_of('years'), 'calendars.year_end_month', '1') }} as this_year,
        {{ date_of(number_of('years') ~ ' - 1', 'calendars.year_end_month', '1') }} as year_before
    from calendars
    {{ with_numbers(year_of('calendars.first_day'), year_of('calendars.last_day') ~ ' + 1', 'years') }}
),

expected_ends as (
    select
        company_id,
        least(least(this_year + year_end_day - 1, {{ dbt.last_day('this_year', 'month') }}), {{ latest_date() }})
            as period,
        least(year_before + year_end_day, {{ dbt.last_day('year_before', 'month') }} + 1) as financial_year_start
    from year_end_months
),

expected as (
    select distinct
        ends.company_id,
        ends.period,
        ends.financial_year_start,
        true as is_year_end_known
    from expected_ends as ends
    inner join {{ ref('months') }} as every_month
        on
            ends.company_id = every_month.company_id
            and ends.period >= every_month.month_start
            and ends.financial_year_start <= every_month.month_end
    union all
    select
        months.company_id,
        months.last_day as period,
        months.first_day as financial_year_start,
        false as is_year_end_known
    from bounds as months
    left join year_ends on months.company_id = year_ends.company_id
    where year_ends.company_id is null
),

{{ table_differences(
    'financial_years', ['company_id', 'period'], texts=['financial_year_start', 'is_year_end_known']
) }}

select * from differences
