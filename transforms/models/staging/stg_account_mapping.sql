{{ config(materialized='ephemeral', enabled=var('accbooks_account_mapping', '') != '') }}

with configured_rows as (
    select * from {{ configured_relation('account_mapping', 'account_mapping') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        {{ as_text('nominal_code') }} as nominal_code,
        {{ as_text('group_nominal_code') }} as group_nominal_code,
        {{ as_text('group_name') }} as group_name,
        {{ as_text('category') }} as category
    from configured_rows
)

select * from renamed
