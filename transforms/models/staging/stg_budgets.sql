{{ config(materialized='ephemeral', enabled=var('accbooks_budgets', '') != '') }}

with configured_rows as (
    select * from {{ configured_relation('budgets', 'budgets') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        {{ as_text('nominal_code') }} as nominal_code,
        cast(month as date) as month_start,
        cast(amount as decimal(18, 2)) as amount,
        {{ as_text('category') }} as category,
        {{ as_text('name') }} as account_name
    from configured_rows
)

select * from renamed
