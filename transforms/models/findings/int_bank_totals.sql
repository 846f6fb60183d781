{#- What the trial balance has on all bank accounts at each month-end. -#}
-- depends_on: {{ ref('touched_companies') }}
with nominals as (
    select distinct
        company_id,
        nominal_code
    from {{ ref('stg_bank_accounts') }}
    where nominal_code is not null
),

balances as (
    select
        trial_balance.company_id,
        trial_balance.as_at as period_end,
        sum(trial_balance.debit - trial_balance.credit) as balance
    from {{ ref('trial_balance') }} as trial_balance
    inner join nominals using (company_id, nominal_code)
    where {{ since_touched_for('balance_findings', 'trial_balance.company_id', 'trial_balance.as_at') }}
    group by trial_balance.company_id, trial_balance.as_at
)

select * from balances
