with trial_balance as (
    select * from {{ ref('trial_balance') }}
    where {{ of_this_run('company_id') }}
),

totals as (
    select
        company_id,
        as_at,
        sum(debit) as debit,
        sum(credit) as credit
    from trial_balance
    group by company_id, as_at
)

select * from totals
where {{ differs('debit', 'credit') }}
