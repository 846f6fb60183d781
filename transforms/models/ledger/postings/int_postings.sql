with invoice_postings as (
    select * from {{ ref('int_invoice_postings') }}
),

transaction_postings as (
    select * from {{ ref('int_transaction_postings') }}
),

journal_postings as (
    select * from {{ ref('int_journal_postings') }}
),

postings as (
    select
        company_id,
        'invoice' as source_type,
        invoice_id as source_id,
        line_number,
        invoice_date as posting_date,
        nominal_code,
        {{ debit_of('amount') }} as debit,
        {{ credit_of('amount') }} as credit,
        invoice_id as document_id,
        cast(null as bigint) as bank_account_id,
        currency,
        amount_in_currency,
        vat_rate,
        vat_box,
        contact_id,
        description,
        flag
    from invoice_postings
    union all
    select
        company_id,
        'transaction' as source_type,
        transaction_id as source_id,
        line_number,
        transaction_date as posting_date,
        nominal_code,
        {{ debit_of('amount') }} as debit,
        {{ credit_of('amount') }} as credit,
        document_id,
        bank_account_id,
        currency,
        amount_in_currency,
        vat_rate,
        vat_box,
        contact_id,
        description,
        flag
    from transaction_postings
    union all
    select
        company_id,
        'journal' as source_type,
        journal_id as source_id,
        line_number,
        journal_date as posting_date,
        nominal_code,
        debit,
        credit,
        {{ as_text('null') }} as document_id,
        cast(null as bigint) as bank_account_id,
        {{ as_text('null') }} as currency,
        cast(null as {{ money() }}) as amount_in_currency,
        {{ as_text('null') }} as vat_rate,
        cast(null as integer) as vat_box,
        {{ as_text('null') }} as contact_id,
        description,
        flag
    from journal_postings
),

identified as (
    select
        company_id,
        company_id || ':' || source_type || ':' || source_id || ':' || {{ as_text('line_number') }} as posting_id,
        posting_date,
        source_type,
        source_id,
        line_number,
        nominal_code,
        cast(debit as {{ money() }}) as debit,
        cast(credit as {{ money() }}) as credit,
        cast(debit - credit as {{ money() }}) as amount,
        contact_id,
        description,
        document_id,
        bank_account_id,
        currency,
        cast(amount_in_currency as {{ money() }}) as amount_in_currency,
        vat_rate,
        cast(vat_box as integer) as vat_box,
        flag
    from postings
    where source_type in {{ quoted(var('ledger_sources')) }}
)

select * from identified
