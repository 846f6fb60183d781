{#- What pays invoices under cash accounting. What AccBooks allocates between documents pays both. Whoever leaves the
    scheme accounts for all that is unpaid on its last day (VAT Notice 731, section 6). -#}
{{ config(materialized='ephemeral') }}

with documents as (
    select * from {{ ref('int_vat_cash_documents') }}
),

paid as (
    select
        company_id,
        document_id,
        nominal_code,
        posting_date,
        -amount_in_currency as amount,
        'payment' as kind
    from {{ ref('ledger_postings') }}
    where source_type = 'transaction' and document_id is not null
    union all
    select
        company_id,
        document_id,
        nominal_code,
        posting_date,
        -amount_in_currency as amount,
        'allocation' as kind
    from {{ ref('allocations') }}
    where kind = 'document'
),

events as (
    select
        documents.company_id,
        documents.document_id,
        documents.whole,
        greatest(paid.posting_date, documents.scheme_from) as tax_date,
        paid.amount,
        paid.kind
    from documents
    inner join paid
        on
            documents.company_id = paid.company_id
            and documents.document_id = paid.document_id
            and documents.nominal_code = paid.nominal_code
            and documents.scheme_until >= paid.posting_date
    -- nothing is ever paid of a document that adds up to nothing
    where documents.whole <> 0
    union all
    select
        company_id,
        document_id,
        whole,
        case when whole = 0 then document_date else scheme_until end as tax_date,
        2 * whole as amount,
        case when whole = 0 then 'nothing to pay' else 'scheme left' end as kind
    from documents
    where whole = 0 or scheme_until < {{ latest_date() }}
)

select * from events
