{#- Whose money a posting to a bank's nominal account is, is decided here: the bank account its record names or, where
    the nominal account belongs to one bank account alone, that one. What then is nobody's, such as a journal to an
    account that two banks share, has rows without a bank account. -#}
{{ config(materialized='ephemeral') }}

with companies as (
    select * from {{ ref('stg_company') }}
),

bank_accounts as (
    select * from {{ ref('stg_bank_accounts') }}
    where nominal_code is not null
),

banks as (
    select
        company_id,
        nominal_code,
        case when count(*) = 1 then min(account_id) end as only_account_id
    from bank_accounts
    group by company_id, nominal_code
),

bank_movements as (
    select
        company_id,
        nominal_code,
        coalesce(banks.only_account_id, bank_movements.bank_account_id) as bank_account_id,
        bank_movements.posting_date,
        bank_movements.amount,
        bank_movements.currency,
        bank_movements.amount_in_currency,
        bank_movements.amounts_unknown
    from {{ ref('bank_movements') }} as bank_movements
    inner join banks using (company_id, nominal_code)
),

own_movements as (
    select
        bank_movements.company_id,
        bank_movements.nominal_code,
        bank_movements.bank_account_id,
        bank_movements.posting_date,
        bank_movements.amount,
        coalesce(bank_accounts.currency, companies.base_currency) as currency,
        case
            when coalesce(bank_accounts.currency, companies.base_currency) = companies.base_currency
                then bank_movements.amount
            when bank_accounts.currency = bank_movements.currency then bank_movements.amount_in_currency
        end as amount_in_currency,
        case
            when coalesce(bank_accounts.currency, companies.base_currency) = companies.base_currency
                then case when bank_movements.amount is null then 1 else 0 end
            when bank_accounts.currency = bank_movements.currency then bank_movements.amounts_unknown
            else 1
        end as amounts_unknown
    from bank_movements
    left join bank_accounts
        on
            bank_movements.company_id = bank_accounts.company_id
            and bank_movements.bank_account_id = bank_accounts.account_id
    left join companies on bank_movements.company_id = companies.company_id
)

select * from own_movements
