{#- Where each account's movement belongs in a cash flow statement is decided here, by category: no codes are known but
    those of the control accounts. -#}
with nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

account_categories as (
    select * from {{ beside(ref('account_categories')) }}
),

banks as (
    select distinct
        company_id,
        nominal_code
    from {{ ref('stg_bank_accounts') }}
    where nominal_code is not null
),

accounts as (
    select
        nominal_accounts.company_id,
        nominal_accounts.nominal_code,
        nominal_accounts.category,
        case
            when banks.nominal_code is not null then 'bank'
            when nominal_accounts.nominal_code = '{{ var("trade_debtors") }}' then 'debtors'
            when nominal_accounts.nominal_code = '{{ var("trade_creditors") }}' then 'creditors'
            when nominal_accounts.nominal_code in ('{{ var("vat_on_sales") }}', '{{ var("vat_on_purchases") }}')
                then 'vat'
            when account_categories.statement = 'profit_and_loss' then 'profit'
            else coalesce(account_categories.category, 'unknown')
        end as kind
    from nominal_accounts
    left join banks
        on
            nominal_accounts.company_id = banks.company_id
            and nominal_accounts.nominal_code = banks.nominal_code
    left join account_categories on nominal_accounts.category = account_categories.category
)

select * from accounts
