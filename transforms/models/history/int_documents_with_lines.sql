{#- The changed documents that have lines. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(materialized='ephemeral') }}

with changed_documents as (
    select * from {{ ref('changed_documents') }}
),

invoices as (
    select
        invoices.*,
        changed_documents.version
    from {{ ref('stg_invoices') }} as invoices
    inner join changed_documents
        on
            invoices.company_id = changed_documents.company_id
            and changed_documents.resource = 'invoices'
            and invoices.invoice_id = changed_documents.record_id
    where {{ in_touched_months_for('known_documents', 'invoices.company_id', 'invoices.invoice_date') }}
),

journals as (
    select
        journals.*,
        changed_documents.version
    from {{ ref('stg_journals') }} as journals
    inner join changed_documents
        on
            journals.company_id = changed_documents.company_id
            and changed_documents.resource = 'journals'
            and journals.journal_id = changed_documents.record_id
    where {{ in_touched_months_for('known_documents', 'journals.company_id', 'journals.journal_date') }}
),

parents as (
    select
        company_id,
        'invoices' as resource,
        invoice_id as record_id,
        invoice_date as document_date,
        coalesce(customer_id, supplier_id) as contact_id,
        invoice_number as reference,
        {{ as_text('null') }} as description,
        status,
        currency,
        gross_total as amount,
        version
    from invoices
    union all
    select
        company_id,
        'journals' as resource,
        journal_id as record_id,
        journal_date as document_date,
        {{ as_text('null') }} as contact_id,
        reference,
        description,
        'posted' as status,
        {{ as_text('null') }} as currency,
        cast(null as {{ money() }}) as amount,
        version
    from journals
)

select * from parents
