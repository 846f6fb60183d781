{{ config(materialized='ephemeral') }}

with raw_closed_vat_lines as (
    select * from {{ source('accbooks_raw', 'closed_vat_lines') }}
),

renamed as (
    select
        company_id,
        closed_through,
        closed_at,
        source_type,
        source_id,
        document_date,
        document_number,
        contact_name,
        settled_invoice_id,
        period_start,
        period_end,
        box,
        tax_date,
        amount
    from raw_closed_vat_lines
)

select * from renamed
