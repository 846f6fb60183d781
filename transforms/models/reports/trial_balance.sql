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

lines as (
    select
        company_id,
        period_end as as_at,
        nominal_code,
        nominal_name as name,
        category,
        cast({{ debit_of('amount') }} as {{ money() }}) as debit,
        cast({{ credit_of('amount') }} as {{ money() }}) as credit
    from closing_balances
)

select * from lines
{%- if is_incremental() %}
where {{ since_touched('lines.company_id', 'lines.as_at') }}
{%- endif %}
