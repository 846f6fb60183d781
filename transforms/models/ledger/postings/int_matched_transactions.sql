-- depends_on: {{ ref('touched_months') }}
with transactions as (
    select * from {{ ref('stg_transactions') }}
),

bank_accounts as (
    select * from {{ ref('stg_bank_accounts') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

companies as (
    select * from {{ ref('stg_company') }}
),

posting_transactions as (
    select
        transactions.*,
        case
            when transactions.transaction_type = 'transfer' then 'transfer'
            when transactions.invoice_id is not null then 'settlement'
            else 'direct'
        end as treatment,
        case when transactions.transaction_type = 'money_in' then 1 else -1 end as bank_sign
    from transactions
    where
        coalesce(transactions.status, '') not in ('draft', 'void')
        and transactions.transaction_type in ('money_in', 'money_out', 'transfer')
        and {{ in_touched_months_for('ledger_postings', 'transactions.company_id', 'transactions.transaction_date') }}
),

matched as (
    select
        posting_transactions.*,
        bank.nominal_code as bank_nominal_code,
        transfer_bank.nominal_code as transfer_nominal_code,
        invoices.invoice_id is not null as has_invoice,
        invoices.invoice_type,
        coalesce(posting_transactions.currency, companies.base_currency) as own_currency,
        coalesce(invoices.currency, companies.base_currency) as invoice_currency,
        {{ effective_rate(
            'posting_transactions.exchange_rate', 'posting_transactions.currency', 'companies.base_currency'
        ) }} as rate,
        case
            when invoices.invoice_id is not null
                then {{ effective_rate('invoices.exchange_rate', 'invoices.currency', 'companies.base_currency') }}
        end as invoice_rate
    from posting_transactions
    left join bank_accounts as bank
        on
            posting_transactions.company_id = bank.company_id
            and posting_transactions.account_id = bank.account_id
    left join bank_accounts as transfer_bank
        on
            posting_transactions.company_id = transfer_bank.company_id
            and posting_transactions.transfer_account_id = transfer_bank.account_id
    left join invoices
        on
            posting_transactions.company_id = invoices.company_id
            and posting_transactions.invoice_id = invoices.invoice_id
    left join companies on posting_transactions.company_id = companies.company_id
)

select * from matched
