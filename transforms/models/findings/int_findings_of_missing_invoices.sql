{#- Payments of invoices that AccBooks does not list. -#}
-- depends_on: {{ ref('touched_months') }}
with ledger_postings as (
    select * from {{ ref('ledger_postings') }}
    where {{ in_touched_months_for('ledger_findings', 'company_id', 'posting_date') }}
),

without_invoice as (
    select
        ledger_postings.company_id,
        ledger_postings.source_id,
        ledger_postings.posting_date,
        ledger_postings.nominal_code,
        ledger_postings.amount,
        transactions.invoice_id
    from ledger_postings
    inner join {{ ref('stg_transactions') }} as transactions
        on
            ledger_postings.company_id = transactions.company_id
            and ledger_postings.source_id = transactions.transaction_id
    where
        ledger_postings.flag = 'invoice_missing'
        and ledger_postings.source_type = 'transaction'
        and ledger_postings.line_number = 2
),

invoices_not_found as (
    select
        company_id,
        posting_date as judged_on,
        {{ finding(
            'invoice_not_found',
            sentence(
                'The transaction {id} of {date} pays the invoice {invoice}, which AccBooks does not list. Its {amount} is on'
                ~ ' account {account} at the rate of the payment, so debtors or creditors may be wrong. Check it in'
                ~ ' AccBooks.',
                id='source_id',
                invoice='invoice_id',
                date='posting_date',
                amount=amount_text('abs(amount)'),
                account='nominal_code',
            ),
            resource="'transactions'",
            record_id='source_id',
            period_end='posting_date',
            nominal_code='nominal_code',
            expected='invoice_id',
        ) }}
    from without_invoice
)

select * from invoices_not_found
