{#- The lines of the changed documents. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(materialized='ephemeral') }}

with changed_documents as (
    select * from {{ ref('changed_documents') }}
),

invoice_line_items as (
    select invoice_line_items.*
    from {{ ref('stg_invoice_line_items') }} as invoice_line_items
    inner join changed_documents
        on
            invoice_line_items.company_id = changed_documents.company_id
            and changed_documents.resource = 'invoices'
            and invoice_line_items.invoice_id = changed_documents.record_id
    where
        {{ in_touched_months_for(
            'known_documents', 'invoice_line_items.company_id', 'invoice_line_items.invoice_date'
        ) }}
),

journal_lines as (
    select journal_lines.*
    from {{ ref('stg_journal_lines') }} as journal_lines
    inner join changed_documents
        on
            journal_lines.company_id = changed_documents.company_id
            and changed_documents.resource = 'journals'
            and journal_lines.journal_id = changed_documents.record_id
    where {{ in_touched_months_for('known_documents', 'journal_lines.company_id', 'journal_lines.journal_date') }}
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
