{#- The lines of the changed documents. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(materialized='ephemeral') }}

with changed_documents as (
    select * from {{ ref('changed_documents') }}
),

invoice_line_items as (
    {{ rows_of_changed_documents(ref('stg_invoice_line_items'), 'invoices', 'invoice_id', 'invoice_date') }}
),

journal_lines as (
    {{ rows_of_changed_documents(ref('stg_journal_lines'), 'journals', 'journal_id', 'journal_date') }}
),

lines as (
    select
        company_id,
        'invoices' as resource,
        invoice_id as record_id,
        nominal_code,
        cast(net_amount as {{ money() }}) + coalesce(vat_amount, 0) as amount
    from invoice_line_items
    union all
    select
        company_id,
        'journals' as resource,
        journal_id as record_id,
        nominal_code,
        coalesce(debit, 0) as amount
    from journal_lines
)

select * from lines
