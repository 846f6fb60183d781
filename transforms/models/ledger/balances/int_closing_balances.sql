{#- Retained earnings are decided here: what each account stands at on a month-end, earlier years' profit moved. -#}
-- depends_on: {{ ref('touched_companies') }}
with period_balances as (
    select * from {{ ref('period_balances') }}
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

month_ends as (
    select
        period_balances.company_id,
        period_balances.month_end as period_end,
        period_balances.nominal_code,
        period_balances.balance,
        -- an account without a category is left whole: it must not silently become earnings
        case
            when accounts.statement = 'profit_and_loss' then period_balances.year_to_date
            else period_balances.balance
        end as current_balance
    from period_balances
    left join accounts
        on
            period_balances.company_id = accounts.company_id
            and period_balances.nominal_code = accounts.nominal_code
    where
        period_balances.period_end = period_balances.month_end
        and {{ since_touched_for('trial_balance', 'period_balances.company_id', 'period_balances.month_end') }}
        and {{ since_touched_for('balance_sheet', 'period_balances.company_id', 'period_balances.month_end') }}
),

balances as (
    select
        company_id,
        period_end,
        nominal_code,
        current_balance as amount
    from month_ends
    union all
    select
        company_id,
        period_end,
        '{{ var("retained_earnings") }}' as nominal_code,
        sum(balance - current_balance) as amount
    from month_ends
    group by company_id, period_end
    having sum(balance - current_balance) <> 0
),

closing as (
    select
        company_id,
        period_end,
        nominal_code,
        cast(sum(amount) as {{ money() }}) as amount
    from balances
    group by company_id, period_end, nominal_code
),

described as (
    select
        company_id,
        closing.period_end,
        nominal_code,
        accounts.nominal_name,
        accounts.category,
        accounts.statement,
        accounts.sign,
        closing.amount
    from closing
    left join accounts using (company_id, nominal_code)
)

select * from described
