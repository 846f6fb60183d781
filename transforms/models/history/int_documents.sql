{#- The changed documents in one shape, as AccBooks tells them; that they are of touched months is said for the
    planner's sake. -#}
-- depends_on: {{ ref('touched_months') }}
with changed_documents as (
    select * from {{ ref('changed_documents') }}
),

transactions as (
    select
        transactions.*,
        changed_documents.version
    from {{ ref('stg_transactions') }} as transactions
    inner join changed_documents
        on
            transactions.company_id = changed_documents.company_id
            and changed_documents.resource = 'transactions'
            and transactions.transaction_id = changed_documents.record_id
    where {{ in_touched_months_for('known_documents', 'transactions.company_id', 'transactions.transaction_date') }}
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
),

line_totals as (
    select
        company_id,
        resource,
        record_id,
        sum(amount) as amount
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
        {{ dbt.listagg('nominal_code', "', '", 'order by nominal_code') }} as nominal_codes
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
        cast(amount as {{ money() }}) as amount,
        nominal_code as nominal_codes,
        version
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
        cast(coalesce(parents.amount, line_totals.amount) as {{ money() }}) as amount,
        nominal_lists.nominal_codes,
        parents.version
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
