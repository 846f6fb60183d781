-- Without a category an account is in the trial balance and in no statement. Until a trial balance was read nobody can
-- know the categories, and the reconciliation says so.
with period_balances as (
    select * from {{ ref('period_balances') }}
    where period_end = month_end and {{ of_this_run('company_id') }}
),

nominal_accounts as (
    select * from {{ ref('nominal_accounts') }}
),

named_companies as (
    select distinct company_id from {{ ref('stg_trial_balance_lines') }}
)

select
    period_balances.company_id,
    period_balances.nominal_code,
    min(period_balances.period_end) as first_month_end,
    max(abs(period_balances.balance)) as largest_balance
from period_balances
inner join named_companies on period_balances.company_id = named_companies.company_id
left join nominal_accounts
    on
        period_balances.company_id = nominal_accounts.company_id
        and period_balances.nominal_code = nominal_accounts.nominal_code
where nominal_accounts.category is null and period_balances.balance <> 0
group by period_balances.company_id, period_balances.nominal_code
