{#- What every account should stand at on a month-end, straight from the ledger. -#}
with period_balances as (
    select * from {{ ref('recomputed_period_balances') }}
    where period_end = month_end
),

accounts as (
    select
        nominal_accounts.company_id,
        nominal_accounts.nominal_code,
        nominal_accounts.name as nominal_name,
        category,
        account_categories.statement,
        account_categories.sign
    from {{ ref('nominal_accounts') }} as nominal_accounts
    left join {{ ref('account_categories') }} as account_categories using (category)
),

described_balances as (
    select
        company_id,
        period_balances.month_end as period_end,
        nominal_code,
        period_balances.year_to_date,
        period_balances.balance,
        coalesce(accounts.statement = 'profit_and_loss', false) as is_earnings
    from period_balances
    left join accounts using (company_id, nominal_code)
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
        company_id,
        shares.period_end,
        nominal_code,
        accounts.nominal_name,
        accounts.category,
        accounts.statement,
        accounts.sign,
        sum(shares.amount) as amount
    from shares
    left join accounts using (company_id, nominal_code)
    group by
        company_id,
        shares.period_end,
        nominal_code,
        accounts.nominal_name,
        accounts.category,
        accounts.statement,
        accounts.sign
)

select * from added_up
