{#- What the statement makes of profit and balance sheet, added to the opening cash, is what all bank accounts stand at
    in the trial balance. -#}
with statements as (
    select
        company_id,
        period_end,
        sum(case when section in ('opening_cash', 'operating', 'investing', 'financing') then amount else 0 end)
            as explained,
        sum(case when section in ('opening_cash', 'net_change') then amount else 0 end) as changed,
        sum(case when section = 'closing_cash' then amount else 0 end) as closing
    from {{ ref('cash_flow') }}
    where {{ of_this_run('company_id') }}
    group by company_id, period_end
),

nominals as (
    select distinct
        company_id,
        nominal_code
    from {{ ref('bank_accounts') }}
    where nominal_code is not null
),

balances as (
    select
        trial_balance.company_id,
        trial_balance.as_at,
        sum(trial_balance.debit - trial_balance.credit) as balance
    from {{ ref('trial_balance') }} as trial_balance
    inner join nominals
        on
            trial_balance.company_id = nominals.company_id
            and trial_balance.nominal_code = nominals.nominal_code
    group by trial_balance.company_id, trial_balance.as_at
),

compared as (
    select
        statements.*,
        coalesce(balances.balance, 0) as expected
    from statements
    left join balances
        on
            statements.company_id = balances.company_id
            and statements.period_end = balances.as_at
)

select * from compared
where
    {{ differs('expected', 'closing') }}
    or {{ differs('expected', 'changed') }}
    or {{ differs('expected', 'explained') }}
