{#- The cash flow statement of each month beside the balance of its bank accounts. -#}
-- depends_on: {{ ref('touched_companies') }}
with balances as (
    select * from {{ ref('int_bank_totals') }}
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

measured as (
    select
        statements.company_id,
        statements.period_end,
        coalesce(balances.balance, 0) as expected,
        statements.explained,
        statements.changed,
        statements.closing
    from statements
    left join balances
        on
            statements.company_id = balances.company_id
            and statements.period_end = balances.period_end
)

select * from measured
