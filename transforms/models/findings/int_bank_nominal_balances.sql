{#- What the trial balance has on the nominal accounts of banks at each month-end. -#}
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

lines as (
    select
        trial_balance.company_id,
        trial_balance.as_at as period_end,
        trial_balance.nominal_code,
        trial_balance.debit - trial_balance.credit as balance
    from trial_balance
    inner join nominals using (company_id, nominal_code)
)

select * from lines
