-- depends_on: {{ ref('touched_companies') }}
with api_lines as (
    select * from {{ ref('int_api_report_lines') }}
    where {{ of_touched_companies_for('reconciliation', 'company_id') }}
),

warehouse_lines as (
    select * from {{ ref('int_warehouse_report_lines') }}
    where {{ of_touched_companies_for('reconciliation', 'company_id') }}
),

sides as (
    select
        company_id,
        report,
        period_start,
        period_end,
        nominal_code,
        amount as api_amount,
        cast(null as {{ money() }}) as warehouse_amount
    from api_lines
    union all
    select
        company_id,
        report,
        period_start,
        period_end,
        nominal_code,
        cast(null as {{ money() }}) as api_amount,
        amount as warehouse_amount
    from warehouse_lines
),

-- a full outer join in effect, in which nulls in the key meet and repeated lines add up
compared as (
    select
        company_id,
        report,
        period_start,
        period_end,
        nominal_code,
        cast(sum(api_amount) as {{ money() }}) as api_amount,
        cast(sum(warehouse_amount) as {{ money() }}) as warehouse_amount,
        cast(coalesce(sum(warehouse_amount), 0) - coalesce(sum(api_amount), 0) as {{ money() }}) as difference
    from sides
    group by company_id, report, period_start, period_end, nominal_code
)

select * from compared
