{#- Money received and paid for an invoice. What settles a document has the document's sign: the refund of a credit note
    is negative, as the credit note is, and so is money that is given back. -#}
with transactions as (
    select * from {{ ref('stg_transactions') }}
    where invoice_id is not null and transaction_type in ('money_in', 'money_out')
),

invoices as (
    select * from {{ ref('int_described_invoices') }}
),

bank_accounts as (
    select * from {{ ref('stg_bank_accounts') }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

companies as (
    select * from {{ ref('stg_company') }}
),

settlements as (
    select
        transactions.*,
        invoices.invoice_id is not null as is_invoice_known,
        invoices.invoice_number,
        invoices.invoice_type,
        invoices.invoice_date,
        coalesce(invoices.contact_id, transactions.contact_id) as payer_id,
        coalesce(transactions.currency, companies.base_currency) as own_currency,
        {{ effective_rate('transactions.exchange_rate', 'transactions.currency', 'companies.base_currency') }} as rate,
        invoices.exchange_rate as invoice_rate,
        case when transactions.transaction_type = 'money_in' then 1 else -1 end as bank_sign,
        -- without the invoice, money in settles a debtor and money out a creditor
        coalesce(invoices.settled_by, case when transactions.transaction_type = 'money_in' then 1 else -1 end)
            as settled_by
    from transactions
    left join invoices
        on
            transactions.company_id = invoices.company_id
            and transactions.invoice_id = invoices.invoice_id
    left join companies on transactions.company_id = companies.company_id
),

valued as (
    select
        *,
        {{ base_amount('amount', 'rate') }} as base_amount,
        case
            when is_invoice_known then {{ base_amount('amount', 'invoice_rate') }}
            else {{ base_amount('amount', 'rate') }}
        end as base_settled_amount
    from settlements
),

payments as (
    select
        valued.company_id,
        valued.transaction_id,
        valued.transaction_date as payment_date,
        valued.transaction_type,
        valued.status,
        {{ transaction_is_posted('valued.status') }} as is_posted,
        valued.invoice_id,
        valued.is_invoice_known,
        valued.invoice_number,
        valued.invoice_type,
        valued.payer_id as contact_id,
        contacts.contact_name,
        valued.account_id as bank_account_id,
        bank_accounts.account_name as bank_account_name,
        valued.reference,
        valued.own_currency as currency,
        valued.rate as exchange_rate,
        cast(valued.settled_by * valued.bank_sign * valued.amount as {{ money() }}) as amount,
        cast(valued.settled_by * valued.bank_sign * valued.base_amount as {{ money() }}) as base_amount,
        cast(valued.settled_by * valued.bank_sign * valued.base_settled_amount as {{ money() }})
            as base_settled_amount,
        -- as it is posted: debit less credit
        cast(valued.bank_sign * (valued.base_settled_amount - valued.base_amount) as {{ money() }})
            as exchange_difference,
        {{ days_after('valued.transaction_date', 'valued.invoice_date') }} as days_to_pay
    from valued
    left join bank_accounts
        on
            valued.company_id = bank_accounts.company_id
            and valued.account_id = bank_accounts.account_id
    left join contacts
        on
            valued.company_id = contacts.company_id
            and valued.payer_id = contacts.contact_id
)

select * from payments
