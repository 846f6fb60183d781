with transactions as (
    select * from {{ ref('stg_transactions') }}
),

companies as (
    select * from {{ ref('stg_company') }}
),

bank_accounts as (
    select * from {{ ref('stg_bank_accounts') }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

treated as (
    select
        transactions.*,
        coalesce(transactions.currency, companies.base_currency) as own_currency,
        {{ effective_rate('transactions.exchange_rate', 'transactions.currency', 'companies.base_currency') }} as rate,
        -- what pays an invoice, and what goes from bank to bank, has no net and VAT of its own
        transactions.invoice_id is null and coalesce(transactions.transaction_type, '') <> 'transfer' as is_direct,
        case
            when transactions.transaction_type = 'money_in' then 1
            when transactions.transaction_type in ('money_out', 'transfer') then -1
        end as bank_sign
    from transactions
    left join companies on transactions.company_id = companies.company_id
),

valued as (
    select
        *,
        case when is_direct then {{ base_amount('net_amount', 'rate') }} end as base_net_amount,
        case when is_direct then {{ base_amount('coalesce(vat_amount, 0)', 'rate') }} end as base_vat_amount,
        case
            when is_direct
                then {{ base_amount('net_amount', 'rate') }} + {{ base_amount('coalesce(vat_amount, 0)', 'rate') }}
            else {{ base_amount('amount', 'rate') }}
        end as base_amount
    from treated
),

bank_transactions as (
    select
        valued.company_id,
        valued.transaction_id,
        valued.transaction_date,
        valued.transaction_type,
        valued.status,
        {{ transaction_is_posted('valued.status') }} and valued.bank_sign is not null as is_posted,
        valued.account_id as bank_account_id,
        bank_accounts.account_name as bank_account_name,
        bank_accounts.nominal_code as bank_nominal_code,
        valued.transfer_account_id as transfer_bank_account_id,
        transfer_accounts.account_name as transfer_bank_account_name,
        transfer_accounts.nominal_code as transfer_nominal_code,
        valued.contact_id,
        contacts.contact_name,
        valued.invoice_id,
        valued.description,
        valued.reference,
        valued.nominal_code,
        nominal_accounts.name as nominal_name,
        nominal_accounts.category,
        valued.vat_rate,
        valued.own_currency as currency,
        valued.rate as exchange_rate,
        cast(valued.amount as {{ money() }}) as amount,
        cast(valued.net_amount as {{ money() }}) as net_amount,
        cast(valued.vat_amount as {{ money() }}) as vat_amount,
        cast(valued.bank_sign * valued.amount as {{ money() }}) as signed_amount,
        cast(valued.base_amount as {{ money() }}) as base_amount,
        cast(valued.base_net_amount as {{ money() }}) as base_net_amount,
        cast(valued.base_vat_amount as {{ money() }}) as base_vat_amount,
        cast(valued.bank_sign * valued.base_amount as {{ money() }}) as base_signed_amount,
        valued.created_at,
        valued.updated_at
    from valued
    left join bank_accounts
        on valued.company_id = bank_accounts.company_id and valued.account_id = bank_accounts.account_id
    left join contacts on valued.company_id = contacts.company_id and valued.contact_id = contacts.contact_id
    left join bank_accounts as transfer_accounts
        on
            valued.company_id = transfer_accounts.company_id
            and valued.transfer_account_id = transfer_accounts.account_id
    left join nominal_accounts
        on valued.company_id = nominal_accounts.company_id and valued.nominal_code = nominal_accounts.nominal_code
)

select * from bank_transactions
