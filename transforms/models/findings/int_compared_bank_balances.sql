{#- The balances of bank accounts beside those of the trial balance. -#}
-- depends_on: {{ ref('touched_companies') }}
with trial_balance as (
    select * from {{ ref('trial_balance') }}
    where {{ since_touched_for('balance_findings', 'company_id', 'as_at') }}
),

nominals as (
    select distinct
        company_id,
        nominal_code
    from {{ ref('stg_bank_accounts') }}
    where nominal_code is not null
),

-- what the trial balance has on the nominal accounts of banks at each month-end
lines as (
    select
        trial_balance.company_id,
        trial_balance.as_at as period_end,
        trial_balance.nominal_code,
        trial_balance.debit - trial_balance.credit as balance
    from trial_balance
    inner join nominals
        on
            trial_balance.company_id = nominals.company_id
            and trial_balance.nominal_code = nominals.nominal_code
),

bank_balances as (
    select
        company_id,
        nominal_code,
        bank_account_id,
        balance_date,
        balance,
        row_number() over (
            partition by company_id, nominal_code, bank_account_id order by balance_date desc
        ) as recency
    from {{ ref('bank_balances') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

compared as (
    select
        lines.company_id,
        lines.period_end,
        lines.nominal_code,
        lines.balance as expected,
        coalesce(sum(bank_balances.balance), 0) as found
    from lines
    left join bank_balances
        on
            lines.company_id = bank_balances.company_id
            and lines.nominal_code = bank_balances.nominal_code
            and (
                lines.period_end = bank_balances.balance_date
                or (lines.period_end > bank_balances.balance_date and bank_balances.recency = 1)
            )
    group by lines.company_id, lines.period_end, lines.nominal_code, lines.balance
)

select * from compared
