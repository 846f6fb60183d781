{#- What the boxes of VAT returns are added up from. -#}
{{ config(materialized='ephemeral') }}

with entries as (
    select * from {{ ref('int_vat_entries') }}
    where box is not null
),

by_document_date as (
    select
        company_id,
        period_start,
        box,
        sum(amount) as amount
    from entries
    -- an invoice counts when it is paid, under cash accounting
    where scheme = 'standard' or (scheme = 'cash' and source_type <> 'invoice')
    group by company_id, period_start, box
),

amounts as (
    select * from by_document_date
)

select * from amounts
