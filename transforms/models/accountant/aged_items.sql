{#- What is open on the control accounts at each month-end: the one step of ageing that is kept, because a debt is open
    at many month-ends. What has no document, and the pennies that rounding leaves of settled foreign documents, are
    added up: one by one they would never go away. -#}
-- depends_on: {{ ref('touched_companies') }}
-- depends_on: {{ ref('changed_allocations') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
    incremental_predicates=["{{ since_changed_debts(this ~ '.company_id', 'period_end') }}"],
    schema='accbooks_staging',
    indexes=kept_indexes([['company_id', 'period_end', 'nominal_code']])
) }}

with stretches as (
    select * from {{ ref('int_open_stretches') }}
),

month_runs as (
    {{ runs_of_months(ref('months')) }}
),

-- months that are left out have no ends
runs as (
    select
        stretches.*,
        greatest(stretches.month_start, month_runs.first_month) as first_month,
        {{ months_after(
            'least(stretches.last_month, month_runs.last_month)',
            'greatest(stretches.month_start, month_runs.first_month)'
        ) }} as further_months
    from stretches
    inner join month_runs
        on
            stretches.company_id = month_runs.company_id
            and stretches.month_start <= month_runs.last_month
            and stretches.last_month >= month_runs.first_month
),

month_ends as (
    select
        runs.*,
        {{ dbt.last_day(add_months('runs.first_month', number_of('numbers')), 'month') }} as period_end
    from runs
    {{ with_numbers('0', 'runs.further_months', 'numbers') }}
),

items as (
    select
        company_id,
        period_end,
        nominal_code,
        kind,
        document_id,
        contact_id,
        cast(sum(amount) as {{ money() }}) as outstanding,
        cast(sum(amount_in_currency) as {{ money() }}) as outstanding_in_currency
    from month_ends
    group by company_id, period_end, nominal_code, kind, document_id, contact_id
    having sum(amount) <> 0 or sum(amount_in_currency) <> 0
)

select * from items
{%- if is_incremental() %}
where {{ since_changed_debts('items.company_id', 'items.period_end') }}
{%- endif %}
