{#- When a document was first seen changed after its VAT was closed. Under cash accounting its payments change its VAT,
    also those that are gone by now. -#}
with seen as (
    select * from {{ ref('int_seen_since_closing') }}
    where kind = 'vat'
),

payments as (
    select
        company_id,
        source_id,
        document_id
    from {{ ref('ledger_postings') }}
    where source_type = 'transaction' and document_id is not null
    union all
    select
        company_id,
        source_id,
        settled_invoice_id as document_id
    from {{ ref('stg_closed_vat_lines') }}
    where settled_invoice_id is not null
),

moments as (
    select
        company_id,
        resource,
        record_id,
        first_seen_at
    from seen
    union all
    select
        seen.company_id,
        'invoices' as resource,
        payments.document_id as record_id,
        seen.first_seen_at
    from payments
    inner join seen
        on
            payments.company_id = seen.company_id
            and payments.source_id = seen.record_id
            and seen.resource = 'transactions'
),

first_seen as (
    select
        company_id,
        resource,
        record_id,
        min(first_seen_at) as first_seen_at
    from moments
    group by company_id, resource, record_id
)

select * from first_seen
