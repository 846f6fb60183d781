{#- The postings that VAT returns are made of, added up by day. -#}
{{ config(materialized='ephemeral') }}

{{ vat_entries(ref('vat_movements')) }}

select * from entries
