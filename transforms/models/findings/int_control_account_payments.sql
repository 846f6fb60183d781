{#- Receipts and payments with the control account that they settle, worked out from the documents alone. -#}
-- depends_on: {{ ref('touched_months') }}
with companies as (
    select * from {{ ref('stg_company') }}
),

invoices as (
    select * from {{ ref('int_invoice_control_accounts') }}
),

payments as (
    select
        transactions.company_id,
        transactions.transaction_id,
        {{ first_day_of_month('transactions.transaction_date') }} as month_start,
        transactions.invoice_id,
        transactions.nominal_code,
        coalesce(
            invoices.control_code,
            case
                when transactions.transaction_type = 'money_in' then '{{ var("trade_debtors") }}'
                else '{{ var("trade_creditors") }}'
            end
        ) as control_code,
        case when transactions.transaction_type = 'money_in' then -1 else 1 end as direction,
        transactions.amount,
        transactions.net_amount,
        {{ effective_rate('transactions.exchange_rate', 'transactions.currency', 'companies.base_currency') }} as rate,
        invoices.rate as invoice_rate,
        invoices.invoice_id is not null as has_invoice
    from {{ ref('stg_transactions') }} as transactions
    left join invoices
        on
            transactions.company_id = invoices.company_id
            and transactions.invoice_id = invoices.invoice_id
    left join companies on transactions.company_id = companies.company_id
    where
        transactions.transaction_type in ('money_in', 'money_out')
        and coalesce(transactions.status, '') not in ('draft', 'void')
        and {{ in_touched_months_for('ledger_findings', 'transactions.company_id', 'transactions.transaction_date') }}
)

select * from payments
