{#- The profit and loss of each month, quarter and year to date. -#}
{{ config(materialized='ephemeral') }}

with numbered as (
    select * from {{ ref('int_profit_and_loss_months') }}
),

-- a period of one year has its counterpart where the year is one less and the number the same
periods as (
    select
        company_id,
        'month' as period_type,
        {{ year_of('month_start') }} as year_number,
        {{ month_of('month_start') }} as period_number,
        month_start as period_start,
        month_end as period_end,
        nominal_code,
        nominal_name,
        category,
        amount
    from numbered
    union all
    select
        company_id,
        'quarter' as period_type,
        year_number,
        quarter_number as period_number,
        case
            when is_year_end_known and quarter_number = 1 then financial_year_start
            -- the first year of the calendar began before there are dates
            when is_year_end_known
                then greatest({{ add_months('first_month', 'months_before') }}, financial_year_start)
            else {{ add_months('first_month', 'months_before') }}
        end as period_start,
        case
            when is_year_end_known and quarter_number = 4 then financial_year_end
            else {{ dbt.last_day(add_months(add_months('first_month', 'months_before'), '2'), 'month') }}
        end as period_end,
        nominal_code,
        nominal_name,
        category,
        amount
    from numbered
    union all
    select
        company_id,
        'financial_year_to_date' as period_type,
        year_number,
        month_number as period_number,
        financial_year_start as period_start,
        period_end,
        nominal_code,
        nominal_name,
        category,
        year_to_date as amount
    from numbered
    where is_year_end_known
),

this_year as (
    select
        company_id,
        period_type,
        year_number,
        period_number,
        period_start,
        period_end,
        nominal_code,
        nominal_name,
        category,
        sum(amount) as amount
    from periods
    group by
        company_id,
        period_type,
        year_number,
        period_number,
        period_start,
        period_end,
        nominal_code,
        nominal_name,
        category
)

select * from this_year
