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
),

matched as (
    select
        posting_transactions.*,
        bank.nominal_code as bank_nominal_code,
        transfer_bank.nominal_code as transfer_nominal_code,
        invoices.invoice_id is not null as has_invoice,
        invoices.invoice_type,
        {{ effective_rate(
            'posting_transactions.exchange_rate', 'posting_transactions.currency', 'companies.base_currency'
        ) }} as rate,
        {{ effective_rate('invoices.exchange_rate', 'invoices.currency', 'companies.base_currency') }} as invoice_rate
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
),

other_sides as (
    select
        matched.*,
        case
            when matched.treatment = 'transfer' then matched.transfer_nominal_code
            when matched.treatment = 'direct' then matched.nominal_code
            when matched.invoice_type in ('sales', 'sales_credit') then '{{ var("trade_debtors") }}'
            when matched.invoice_type in ('purchase', 'purchase_credit') then '{{ var("trade_creditors") }}'
            -- without its invoice only the direction tells whose debt it settles
            when matched.transaction_type = 'money_in' then '{{ var("trade_debtors") }}'
            else '{{ var("trade_creditors") }}'
        end as other_nominal_code,
        case
            when matched.treatment = 'direct' then matched.net_amount
            else matched.amount
        end as other_amount,
        case when matched.treatment = 'settlement' and matched.has_invoice then matched.invoice_rate else matched.rate end
            as other_rate,
        case when matched.treatment = 'direct' then coalesce(matched.vat_amount, 0) else 0 end as own_vat_amount
    from matched
),

base_amounts as (
    select
        company_id,
        transaction_id,
        transaction_date,
        transaction_type,
        contact_id,
        description,
        bank_sign,
        coalesce(bank_nominal_code, '{{ var("unknown_nominal") }}') as bank_nominal_code,
        coalesce(other_nominal_code, '{{ var("unknown_nominal") }}') as other_nominal_code,
        {{ base_amount('other_amount', 'other_rate') }} as other_amount,
        {{ base_amount('own_vat_amount', 'rate') }} as vat_amount,
        case
            when treatment = 'direct'
                then {{ base_amount('net_amount', 'rate') }} + {{ base_amount('own_vat_amount', 'rate') }}
            else {{ base_amount('amount', 'rate') }}
        end as bank_amount,
        case
            when rate is null or other_rate is null then 'exchange_rate_missing'
            when other_amount is null then 'amount_missing'
            when bank_nominal_code is null then 'bank_account_missing'
            when other_nominal_code is null and treatment = 'transfer' then 'bank_account_missing'
            when other_nominal_code is null then 'nominal_code_missing'
            when treatment = 'settlement' and not has_invoice then 'invoice_missing'
        end as flag
    from other_sides
)

select * from base_amounts
