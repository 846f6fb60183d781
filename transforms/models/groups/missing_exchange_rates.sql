{{ config(enabled=var('accbooks_groups', '') != '', tags=['of_settings']) }}

with rates as (
    select * from {{ ref('int_group_rates') }}
),

missing as (
    select
        group_name,
        parent_id,
        currency,
        month_start,
        first_month,
        first_unknown_month
    from rates
    where closing_rate is null or average_rate is null
    union distinct
    select
        group_name,
        parent_id,
        currency,
        {{ add_months(first_day_of_month('acquired_on'), -1) }} as month_start,
        first_month,
        first_unknown_month
    from rates
    where acquisition_rate is null and acquired_on is not null
),

missing_rates as (
    select
        group_name,
        parent_id as company_id,
        currency,
        month_start,
        {{ dbt.last_day('month_start', 'month') }} as month_end,
        case when first_unknown_month > first_month then first_unknown_month - 1 end as figures_end_on
    from missing
)

select * from missing_rates
