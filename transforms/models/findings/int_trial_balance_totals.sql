{#- The debits and credits of each trial balance. -#}
-- depends_on: {{ ref('touched_companies') }}
with trial_balance as (
    select * from {{ ref('trial_balance') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

trial_balance_totals as (
    select
        company_id,
        as_at as period_end,
        sum(debit) as debit,
        sum(credit) as credit,
        max(sum(debit) - sum(credit)) over (
            partition by company_id order by as_at rows between 1 preceding and 1 preceding
        ) as difference_before
    from trial_balance
    group by company_id, as_at
)

select * from trial_balance_totals
