{{ config(materialized='ephemeral') }}

with raw_closed_balances as (
    select * from {{ source('accbooks_raw', 'closed_balances') }}
),

renamed as (
    select
        company_id,
        kind,
        closed_through,
        closed_at,
        nominal_code,
        vat_box,
        balance,
        movement_of_year,
        statement
    from raw_closed_balances
)

select * from renamed
