{{ config(materialized='ephemeral') }}

with raw_closings as (
    select * from {{ source('accbooks_raw', 'closings') }}
),

renamed as (
    select
        company_id,
        kind,
        closed_through,
        financial_year_start,
        closed_at,
        closed_by,
        note,
        forced,
        reopened_at,
        filed_on
    from raw_closings
)

select * from renamed
