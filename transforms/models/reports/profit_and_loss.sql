-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
    on_schema_change='append_new_columns',
    incremental_predicates=["{{ since_touched(this ~ '.company_id', 'period_start') }}"],
    indexes=kept_indexes([['company_id', 'period_start', 'nominal_code']])
) }}

with period_balances as (
    select * from {{ ref('period_balances') }} as balances
    {%- if is_incremental() %}
    where {{ since_touched('balances.company_id', 'balances.month_start') }}
    {%- endif %}
),

nominal_accounts as (
    select * from {{ ref('nominal_accounts') }}
),

account_categories as (
    select * from {{ ref('account_categories') }}
    where statement = 'profit_and_loss'
),

lines as (
    select
        company_id,
        period_balances.month_start as period_start,
        period_balances.month_end as period_end,
        nominal_code,
        nominal_accounts.name,
        category,
        cast(account_categories.sign * sum(period_balances.amount) as {{ money() }}) as amount
    from period_balances
    inner join nominal_accounts using (company_id, nominal_code)
    inner join account_categories using (category)
    group by
        company_id,
        period_balances.month_start,
        period_balances.month_end,
        nominal_code,
        nominal_accounts.name,
        category,
        account_categories.sign
)

select * from lines
{%- if is_incremental() %}
where {{ since_touched('lines.company_id', 'lines.period_start') }}
{%- endif %}
