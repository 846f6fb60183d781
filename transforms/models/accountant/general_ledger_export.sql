with general_ledger as (
    select * from {{ beside(ref('general_ledger')) }}
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

transactions as (
    select * from {{ ref('stg_transactions') }}
),

journals as (
    select * from {{ ref('stg_journals') }}
),

lines as (
    select
        general_ledger.company_id,
        general_ledger.posting_id,
        general_ledger.posting_date,
        general_ledger.nominal_code,
        nominal_accounts.name as nominal_name,
        nominal_accounts.category,
        contacts.contact_name,
        general_ledger.source_type,
        general_ledger.source_id,
        general_ledger.line_number,
        coalesce(invoices.invoice_number, transactions.reference, journals.reference) as document_number,
        general_ledger.description,
        general_ledger.debit,
        general_ledger.credit,
        -- by range, so that postings of one line, which there are if somebody doubled rows, have one balance
        cast(sum(general_ledger.amount) over (
            partition by general_ledger.company_id, general_ledger.nominal_code
            order by
                general_ledger.posting_date,
                general_ledger.source_type,
                general_ledger.source_id,
                general_ledger.line_number
            range between unbounded preceding and current row
        ) as {{ money() }}) as running_balance
    from general_ledger
    left join nominal_accounts
        on
            general_ledger.company_id = nominal_accounts.company_id
            and general_ledger.nominal_code = nominal_accounts.nominal_code
    left join contacts
        on
            general_ledger.company_id = contacts.company_id
            and general_ledger.contact_id = contacts.contact_id
    left join invoices
        on
            general_ledger.company_id = invoices.company_id
            and general_ledger.document_id = invoices.invoice_id
    left join transactions
        on
            general_ledger.company_id = transactions.company_id
            and general_ledger.source_type = 'transaction'
            and general_ledger.source_id = transactions.transaction_id
    left join journals
        on
            general_ledger.company_id = journals.company_id
            and general_ledger.source_type = 'journal'
            and general_ledger.source_id = journals.journal_id
)

select * from lines
