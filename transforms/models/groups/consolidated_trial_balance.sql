{{ config(enabled=var('accbooks_groups', '') != '', tags=['of_settings']) }}

with balances as (
    select * from {{ ref('int_consolidated_balances') }}
),

lines as (
    select
        group_name,
        company_id,
        as_at,
        line_type,
        nominal_code,
        name,
        category,
        cast({{ debit_of('amount') }} as {{ money() }}) as debit,
        cast({{ credit_of('amount') }} as {{ money() }}) as credit
    from balances
)

select * from lines
