{#- The postings that VAT returns are made of, one by one. -#}
{{ config(materialized='ephemeral') }}

{{ vat_entries(
    ref('ledger_postings'), ['posting_id', 'line_number', 'contact_id', 'description', 'vat_rate', 'document_id']
) }}

select * from entries
