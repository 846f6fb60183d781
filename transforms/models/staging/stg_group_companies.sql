{{ config(materialized='ephemeral', enabled=var('accbooks_groups', '') != '') }}

with configured_rows as (
    select * from {{ configured_relation('groups', 'group_companies') }}
),

renamed as (
    select
        {{ as_text('group_name') }} as group_name,
        {{ as_text('company_id') }} as company_id,
        cast(share as decimal(9, 6)) as share,
        cast(acquired_on as date) as acquired_on
    from configured_rows
)

select * from renamed
