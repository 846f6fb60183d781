{#- The cash flow statement of each month beside the balance of its bank accounts. -#}
-- depends_on: {{ ref('touched_companies') }}
with nominals as (
    select distinct
        company_id,
        nominal_code
    from {{ ref('stg_bank_accounts') }}
    where nominal_code is not null
),

-- what the trial balance has on all bank accounts at each month-end
balances as (
    select
        trial_balance.company_id,
        trial_balance.as_at as period_end,
        sum(trial_balance.debit - trial_balance.credit) as balance
    from {{ ref('trial_balance') }} as trial_balance
    inner join nominals
        on
            trial_balance.company_id = nominals.company_id
            and trial_balance.nominal_code = nominals.nominal_code
    where {{ since_touched_for('balance_findings', 'trial_balance.company_id', 'trial_balance.as_at') }}
    group by trial_balance.company_id, trial_balance.as_at
),

statements as (
    select
        company_id,
        period_end,
        sum(case when section in ('opening_cash', 'operating', 'investing', 'financing') then amount else 0 end)
            as explained,
        sum(case when section in ('opening_cash', 'net_change') then amount else 0 end) as changed,
        sum(case when section = 'closing_cash' then amount else 0 end) as closing
    from {{ ref('cash_flow') }}
    where {{ since_touched_for('balance_findings', 'company_id', 'period_end') }}
    group by company_id, period_end
),

-- a document whose debits are not its credits is found by itself, and explains so much of the cash
unbalanced_months as (
    select
        postings.company_id,
        {{ dbt.last_day('postings.posting_date', 'month') }} as period_end,
        sum(postings.amount) as amount
    from {{ ref('ledger_postings') }} as postings
    where {{ since_touched_for('balance_findings', 'postings.company_id', 'postings.posting_date') }}
    group by postings.company_id, {{ dbt.last_day('postings.posting_date', 'month') }}
    having sum(postings.amount) <> 0
),

measured as (
    select
        company_id,
        period_end,
        coalesce(balances.balance, 0) as expected,
        statements.explained + coalesce(unbalanced_months.amount, 0) as explained,
        statements.changed + coalesce(unbalanced_months.amount, 0) as changed,
        statements.closing
    from statements
    left join balances using (company_id, period_end)
    left join unbalanced_months using (company_id, period_end)
)

select * from measured
