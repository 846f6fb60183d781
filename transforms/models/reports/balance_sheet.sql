-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
    on_schema_change='append_new_columns',
    incremental_predicates=["{{ since_touched(this ~ '.company_id', 'as_at') }}"],
    indexes=kept_indexes([['company_id', 'as_at', 'nominal_code']])
) }}

with closing_balances as (
    select * from {{ ref('int_closing_balances') }}
),

account_lines as (
    select
        company_id,
        period_end as as_at,
        nominal_code,
        nominal_name as name,
        category,
        cast(sign * amount as {{ money() }}) as amount
    from closing_balances
    where statement = 'balance_sheet'
),

current_year_earnings as (
    select
        company_id,
        period_end as as_at,
        {{ as_text('null') }} as nominal_code,
        'Current year earnings' as name,
        'capital_and_reserves' as category,
        cast(sum(case when statement = 'profit_and_loss' then -amount else 0 end) as {{ money() }}) as amount
    from closing_balances
    group by company_id, period_end
),

lines as (
    select * from account_lines
    union all
    select * from current_year_earnings
)

select * from lines
{%- if is_incremental() %}
where {{ since_touched('lines.company_id', 'lines.as_at') }}
{%- endif %}
