{{ config(materialized='ephemeral') }}

with raw_closed_postings as (
    select * from {{ source('accbooks_raw', 'closed_postings') }}
),

renamed as (
    select
        company_id,
        kind,
        closed_through,
        closed_at,
        source_type,
        source_id,
        posting_date,
        nominal_code,
        amount,
        document_number,
        contact_name
    from raw_closed_postings
)

select * from renamed
