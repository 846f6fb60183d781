{#- Transactions whose net and VAT do not add up to their amount. -#}
-- depends_on: {{ ref('touched_months') }}
with transactions as (
    select * from {{ ref('stg_transactions') }}
    where
        coalesce(status, '') not in ('draft', 'void')
        and transaction_type in ('money_in', 'money_out')
        and invoice_id is null
        and {{ in_touched_months_for('ledger_findings', 'company_id', 'transaction_date') }}
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
)

select * from transaction_totals
