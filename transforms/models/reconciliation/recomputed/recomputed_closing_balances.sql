{#- What every account should stand at on a month-end, straight from the ledger. -#}
with period_balances as (
    select * from {{ ref('recomputed_period_balances') }}
    where period_end = month_end
),

nominal_accounts as (
    select * from {{ ref('nominal_accounts') }}
),

account_categories as (
    select * from {{ ref('account_categories') }}
),

described_balances as (
    select
        period_balances.company_id,
        period_balances.month_end as period_end,
        period_balances.nominal_code,
        period_balances.year_to_date,
        period_balances.balance,
        coalesce(account_categories.statement = 'profit_and_loss', false) as is_earnings
    from period_balances
    left join nominal_accounts
        on
            period_balances.company_id = nominal_accounts.company_id
            and period_balances.nominal_code = nominal_accounts.nominal_code
    left join account_categories on nominal_accounts.category = account_categories.category
),

shares as (
    select
        company_id,
        period_end,
        nominal_code,
        case when is_earnings then year_to_date else balance end as amount
    from described_balances
    union all
    select
        company_id,
        period_end,
        '{{ var("retained_earnings") }}' as nominal_code,
        sum(balance - year_to_date) as amount
    from described_balances
    where is_earnings
    group by company_id, period_end
    having sum(balance - year_to_date) <> 0
),

added_up as (
    select
        shares.company_id,
        shares.period_end,
        shares.nominal_code,
        nominal_accounts.name as nominal_name,
        nominal_accounts.category,
        account_categories.statement,
        account_categories.sign,
        sum(shares.amount) as amount
    from shares
    left join nominal_accounts
        on
            shares.company_id = nominal_accounts.company_id
            and shares.nominal_code = nominal_accounts.nominal_code
    left join account_categories on nominal_accounts.category = account_categories.category
    group by
        shares.company_id,
        shares.period_end,
        shares.nominal_code,
        nominal_accounts.name,
        nominal_accounts.category,
        account_categories.statement,
        account_categories.sign
)

select * from added_up
