{#- Those of one nominal account, as far as they reach, add up to its line in the trial balance of every month-end. -#}
with balances as (
    select
        company_id,
        nominal_code,
        balance_date,
        sum(balance) as balance
    from {{ ref('bank_balances') }}
    where {{ of_this_run('company_id') }}
    group by company_id, nominal_code, balance_date
),

last_days as (
    select
        company_id,
        nominal_code,
        max(balance_date) as last_day
    from balances
    group by company_id, nominal_code
),

nominals as (
    select distinct
        company_id,
        nominal_code
    from {{ ref('bank_accounts') }}
    where nominal_code is not null and {{ of_this_run('company_id') }}
),

compared as (
    select
        trial_balance.company_id,
        trial_balance.as_at,
        trial_balance.nominal_code,
        trial_balance.debit - trial_balance.credit as expected,
        balances.balance as found
    from {{ ref('trial_balance') }} as trial_balance
    inner join nominals
        on
            trial_balance.company_id = nominals.company_id
            and trial_balance.nominal_code = nominals.nominal_code
    left join last_days
        on
            trial_balance.company_id = last_days.company_id
            and trial_balance.nominal_code = last_days.nominal_code
    left join balances
        on
            trial_balance.company_id = balances.company_id
            and trial_balance.nominal_code = balances.nominal_code
            and trial_balance.as_at = balances.balance_date
    where last_days.last_day is null or trial_balance.as_at <= last_days.last_day
)

select * from compared
where {{ differs('expected', 'found') }}
