{{ config(materialized='ephemeral', enabled=var('accbooks_eliminations', '') != '') }}

with configured_rows as (
    select * from {{ configured_relation('eliminations', 'eliminations') }}
),

renamed as (
    select
        {{ as_text('group_name') }} as group_name,
        {{ as_text('company_id') }} as company_id,
        {{ as_text('nominal_code') }} as nominal_code,
        {{ as_text('counterparty_company_id') }} as counterparty_company_id,
        {{ as_text('counterparty_nominal_code') }} as counterparty_nominal_code
    from configured_rows
)

select * from renamed
