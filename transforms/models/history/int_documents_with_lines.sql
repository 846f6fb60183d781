{#- The changed documents that have lines. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(materialized='ephemeral') }}

with changed_documents as (
    select * from {{ ref('changed_documents') }}
),

invoices as (
    {{ rows_of_changed_documents(ref('stg_invoices'), 'invoices', 'invoice_id', 'invoice_date') }}
),

journals as (
    {{ rows_of_changed_documents(ref('stg_journals'), 'journals', 'journal_id', 'journal_date') }}
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
