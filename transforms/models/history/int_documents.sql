{#- Every document in one shape, as AccBooks tells it: what the log of changes compares. -#}
-- depends_on: {{ ref('touched_months') }}
with transactions as (
    select * from {{ ref('stg_transactions') }}
    where {{ in_touched_months_for('known_documents', 'company_id', 'transaction_date') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
    where {{ in_touched_months_for('known_documents', 'company_id', 'invoice_date') }}
),

invoice_line_items as (
    select * from {{ ref('stg_invoice_line_items') }}
    where {{ in_touched_months_for('known_documents', 'company_id', 'invoice_date') }}
),

journals as (
    select * from {{ ref('stg_journals') }}
    where {{ in_touched_months_for('known_documents', 'company_id', 'journal_date') }}
),

journal_lines as (
    select * from {{ ref('stg_journal_lines') }}
    where {{ in_touched_months_for('known_documents', 'company_id', 'journal_date') }}
),

lines as (
    select
        company_id,
        'invoices' as resource,
        invoice_id as record_id,
        line_number,
        nominal_code,
        net_amount + coalesce(vat_amount, 0) as amount,
        row_hash
    from invoice_line_items
    union all
    select
        company_id,
        'journals' as resource,
        journal_id as record_id,
        line_number,
        nominal_code,
        coalesce(debit, 0) as amount,
        row_hash
    from journal_lines
),

line_totals as (
    select
        company_id,
        resource,
        record_id,
        sum(amount) as amount,
        {{ joined_texts('row_hash', ' ', 'line_number') }} as row_hashes
    from lines
    group by company_id, resource, record_id
),

nominals as (
    select distinct
        company_id,
        resource,
        record_id,
        nominal_code
    from lines
    where nominal_code is not null
),

nominal_lists as (
    select
        company_id,
        resource,
        record_id,
        {{ joined_texts('nominal_code', ', ', 'nominal_code') }} as nominal_codes
    from nominals
    group by company_id, resource, record_id
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
        row_hash
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
        cast(null as decimal(18, 2)) as amount,
        row_hash
    from journals
),

documents as (
    select
        company_id,
        'transactions' as resource,
        transaction_id as record_id,
        transaction_date as document_date,
        contact_id,
        reference,
        description,
        status,
        currency,
        amount,
        nominal_code as nominal_codes,
        row_hash as version
    from transactions
    union all
    select
        parents.company_id,
        parents.resource,
        parents.record_id,
        parents.document_date,
        parents.contact_id,
        parents.reference,
        parents.description,
        parents.status,
        parents.currency,
        cast(coalesce(parents.amount, line_totals.amount) as decimal(18, 2)) as amount,
        nominal_lists.nominal_codes,
        {{ digest_of("parents.row_hash || ' ' || coalesce(line_totals.row_hashes, '')") }} as version
    from parents
    left join line_totals
        on
            parents.company_id = line_totals.company_id
            and parents.resource = line_totals.resource
            and parents.record_id = line_totals.record_id
    left join nominal_lists
        on
            parents.company_id = nominal_lists.company_id
            and parents.resource = nominal_lists.resource
            and parents.record_id = nominal_lists.record_id
)

select * from documents
