with aged_items as (
    select * from {{ ref('aged_items') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

companies as (
    select * from {{ ref('stg_company') }}
),

documents as (
    select
        aged_items.company_id,
        aged_items.period_end,
        aged_items.nominal_code,
        case when aged_items.kind = 'document' then 'invoice' else aged_items.kind end as source_type,
        aged_items.document_id as source_id,
        coalesce(invoices.customer_id, invoices.supplier_id, aged_items.contact_id) as contact_id,
        invoices.invoice_number as document_number,
        case when aged_items.kind = 'document' then invoices.invoice_type else aged_items.kind end as document_type,
        invoices.invoice_date as document_date,
        coalesce(invoices.due_date, invoices.invoice_date) as due_date,
        aged_items.outstanding,
        case when aged_items.kind = 'document' then invoices.currency end as currency,
        aged_items.outstanding_in_currency
    from aged_items
    left join invoices
        on
            aged_items.company_id = invoices.company_id
            and aged_items.document_id = invoices.invoice_id
),

aged as (
    select
        company_id,
        documents.period_end,
        documents.nominal_code,
        contact_id,
        contacts.contact_name,
        documents.source_type,
        documents.source_id,
        documents.document_number,
        documents.document_type,
        documents.document_date,
        documents.due_date,
        case
            when documents.due_date is null then null
            else greatest(0, {{ days_after('documents.period_end', 'documents.due_date') }})
        end as days_overdue,
        documents.outstanding,
        coalesce(documents.currency, companies.base_currency) as currency,
        documents.outstanding_in_currency
    from documents
    left join contacts using (company_id, contact_id)
    left join companies using (company_id)
)

select * from aged
