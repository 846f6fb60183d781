{#- What is wrong with single documents. Built into the ledger's findings, it looks at the months a run touched
    alone. -#}
-- depends_on: {{ ref('touched_months') }}
with general_ledger as (
    select * from {{ ref('general_ledger') }}
    where {{ in_touched_months_for('ledger_findings', 'company_id', 'posting_date') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
    where
        coalesce(status, '') not in ('draft', 'void')
        and {{ in_touched_months_for('ledger_findings', 'company_id', 'invoice_date') }}
),

line_totals as (
    select
        company_id,
        invoice_id,
        sum(net_amount) as net_amount,
        sum(coalesce(vat_amount, 0)) as vat_amount
    from {{ ref('stg_invoice_line_items') }}
    where {{ in_touched_months_for('ledger_findings', 'company_id', 'invoice_date') }}
    group by company_id, invoice_id
),

compared_totals as (
    select
        invoices.company_id,
        invoices.invoice_id,
        invoices.invoice_number,
        invoices.invoice_date,
        cast(invoices.net_total as {{ money() }}) as net_total,
        coalesce(invoices.vat_total, 0) as vat_total,
        coalesce(line_totals.net_amount, 0) as net_of_lines,
        coalesce(line_totals.vat_amount, 0) as vat_of_lines
    from invoices
    left join line_totals
        on
            invoices.company_id = line_totals.company_id
            and invoices.invoice_id = line_totals.invoice_id
    where
        invoices.net_total <> coalesce(line_totals.net_amount, 0)
        or invoices.vat_total <> coalesce(line_totals.vat_amount, 0)
),

transactions as (
    select * from {{ ref('stg_transactions') }}
    where
        coalesce(status, '') not in ('draft', 'void')
        and transaction_type in ('money_in', 'money_out')
        and invoice_id is null
        and {{ in_touched_months_for('ledger_findings', 'company_id', 'transaction_date') }}
),

documents as (
    select
        company_id,
        source_type,
        source_id,
        min(posting_date) as posting_date,
        sum(debit) as debit,
        sum(credit) as credit
    from general_ledger
    group by company_id, source_type, source_id
),

unbalanced as (
    select
        company_id,
        posting_date as judged_on,
        {{ finding(
            'document_does_not_balance',
            sentence(
                'The {kind} {id} of {date} does not balance: its debits are {debit}, its credits {credit}.'
                ~ ' Correct it in AccBooks, then run `accbooks sync --from {date}`.',
                kind='source_type',
                id='source_id',
                date='posting_date',
                debit=amount_text('debit'),
                credit=amount_text('credit'),
            ),
            resource="source_type || 's'",
            record_id='source_id',
            period_end='posting_date',
            expected=amount_text('debit'),
            found=amount_text('credit'),
        ) }}
    from documents
    where debit is distinct from credit
),

incomplete as (
    select
        company_id,
        posting_date as judged_on,
        {{ finding(
            'incomplete_posting',
            sentence(
                'Line {line} of the {kind} {id} of {date} {what}. Its {amount} is on account {account}, where it does not'
                ~ ' belong. Correct it in AccBooks, then run `accbooks sync --from {date}`.',
                line='line_number',
                kind='source_type',
                id='source_id',
                date='posting_date',
                amount=amount_text('amount'),
                account='nominal_code',
                what="case flag
                    when 'amount_missing' then 'has no amount'
                    when 'exchange_rate_missing' then 'has no exchange rate'
                    when 'nominal_code_missing' then 'has no nominal code'
                    when 'bank_account_missing'
                        then 'names the bank account ' || coalesce(" ~ as_text('bank_account_id') ~ ", 'nothing')
                            || ', which AccBooks does not list'
                    else 'cannot be posted'
                end",
            ),
            resource="source_type || 's'",
            record_id='source_id',
            period_end='posting_date',
            nominal_code='nominal_code',
            found="coalesce(flag, 'incomplete')",
        ) }}
    from general_ledger
    where
        amount is null
        or debit is null
        or credit is null
        or nominal_code is null
        or source_type not in ('invoice', 'transaction', 'journal')
        or (
            flag <> 'invoice_missing'
            -- of a transaction without its bank account the other lines are where they belong
            and not (flag = 'bank_account_missing' and nominal_code <> '{{ var("unknown_nominal") }}')
        )
),

without_invoice as (
    select
        general_ledger.company_id,
        general_ledger.source_id,
        general_ledger.posting_date,
        general_ledger.nominal_code,
        general_ledger.amount,
        transactions.invoice_id
    from general_ledger
    inner join {{ ref('stg_transactions') }} as transactions
        on
            general_ledger.company_id = transactions.company_id
            and general_ledger.source_id = transactions.transaction_id
    where
        general_ledger.flag = 'invoice_missing'
        and general_ledger.source_type = 'transaction'
        and general_ledger.line_number = 2
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
),

invoice_totals as (
    select
        company_id,
        invoice_date as judged_on,
        {{ finding(
            'invoice_totals_differ',
            sentence(
                'The lines of invoice {id} of {date} add up to {net} net and {vat} VAT, its totals are {net_total} and'
                ~ ' {vat_total}. The ledger has the lines. Correct the invoice in AccBooks.',
                id=record_text('invoice_id', 'invoice_number'),
                date='invoice_date',
                net=amount_text('net_of_lines'),
                vat=amount_text('vat_of_lines'),
                net_total=amount_text('net_total'),
                vat_total=amount_text('vat_total'),
            ),
            resource="'invoices'",
            record_id='invoice_id',
            period_end='invoice_date',
            expected=amount_text('net_total + vat_total'),
            found=amount_text('net_of_lines + vat_of_lines'),
        ) }}
    from compared_totals
),

transaction_totals as (
    select
        company_id,
        transaction_date as judged_on,
        {{ finding(
            'transaction_totals_differ',
            sentence(
                'The net {net} and VAT {vat} of transaction {id} of {date} do not add up to its amount, {amount}. The'
                ~ ' ledger has net and VAT. Correct the transaction in AccBooks.',
                id='transaction_id',
                date='transaction_date',
                net=amount_text('net_amount'),
                vat=amount_text('coalesce(vat_amount, 0)'),
                amount=amount_text('amount'),
            ),
            resource="'transactions'",
            record_id='transaction_id',
            period_end='transaction_date',
            expected=amount_text('amount'),
            found=amount_text('cast(net_amount as ' ~ money() ~ ') + coalesce(vat_amount, 0)'),
        ) }}
    from transactions
    where amount <> cast(net_amount as {{ money() }}) + coalesce(vat_amount, 0)
),

findings as (
    select * from unbalanced
    union all
    select * from incomplete
    union all
    select * from invoices_not_found
    union all
    select * from invoice_totals
    union all
    select * from transaction_totals
)

select * from findings
