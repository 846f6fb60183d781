{#- The postings with the names that go with them. A view, so that a new name and a closing need no posting written
    again. -#}
with postings as (
    select * from {{ ref('ledger_postings') }}
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

documents as (
    select * from {{ ref('stg_invoices') }}
),

transactions as (
    select * from {{ ref('stg_transactions') }}
),

journals as (
    select * from {{ ref('stg_journals') }}
),

financial_years as (
    select * from {{ ref('int_financial_years') }}
),

closed_periods as (
    select * from {{ ref('int_closed_periods') }}
),

general_ledger as (
    select
        postings.*,
        coalesce(documents.invoice_number, transactions.reference, journals.reference) as document_number,
        contacts.contact_name,
        nominal_accounts.name as nominal_name,
        nominal_accounts.category,
        financial_years.financial_year_name as financial_year,
        {{ dbt.last_day('postings.posting_date', 'month') }} as period_end,
        coalesce(postings.posting_date <= closed_periods.closed_through, false) as is_closed,
        case when postings.source_type = 'invoice' then postings.source_id end as invoice_id,
        case when postings.source_type = 'transaction' then postings.source_id end as transaction_id,
        case when postings.source_type = 'journal' then postings.source_id end as journal_id
    from postings
    left join nominal_accounts
        on
            postings.company_id = nominal_accounts.company_id
            and postings.nominal_code = nominal_accounts.nominal_code
    left join contacts
        on
            postings.company_id = contacts.company_id
            and postings.contact_id = contacts.contact_id
    left join documents
        on
            postings.company_id = documents.company_id
            and postings.document_id = documents.invoice_id
    left join transactions
        on
            postings.company_id = transactions.company_id
            and postings.source_type = 'transaction'
            and postings.source_id = transactions.transaction_id
    left join journals
        on
            postings.company_id = journals.company_id
            and postings.source_type = 'journal'
            and postings.source_id = journals.journal_id
    left join financial_years
        on
            postings.company_id = financial_years.company_id
            and postings.posting_date >= financial_years.financial_year_start
            and postings.posting_date <= financial_years.financial_year_end
    left join closed_periods on postings.company_id = closed_periods.company_id
)

select * from general_ledger
