{#- The cash flow statement of each financial year beside the balance of its bank accounts. -#}
-- depends_on: {{ ref('touched_companies') }}
with statements as (
    select
        company_id,
        period_start,
        period_end,
        sum(case when section in ('opening_cash', 'operating', 'investing', 'financing') then amount else 0 end)
            as explained,
        sum(case when section in ('opening_cash', 'net_change') then amount else 0 end) as changed,
        sum(case when section = 'closing_cash' then amount else 0 end) as closing
    from {{ ref('cash_flow_by_financial_year') }}
    where {{ since_touched_for('balance_findings', 'company_id', 'period_end') }}
    group by company_id, period_start, period_end
),

nominals as (
    select distinct
        company_id,
        nominal_code
    from {{ ref('stg_bank_accounts') }}
    where nominal_code is not null
),

days as (
    select
        company_id,
        ledger_postings.posting_date,
        sum(ledger_postings.amount) as amount
    from {{ ref('ledger_postings') }} as ledger_postings
    inner join nominals using (company_id, nominal_code)
    group by company_id, ledger_postings.posting_date
),

balances as (
    select
        statements.company_id,
        statements.period_end,
        sum(days.amount) as balance
    from statements
    inner join days
        on
            statements.company_id = days.company_id
            and statements.period_end >= days.posting_date
    group by statements.company_id, statements.period_end
),

-- a document whose debits are not its credits is found by itself, and explains so much of the cash
unbalanced_days as (
    select
        postings.company_id,
        postings.posting_date,
        sum(postings.amount) as amount
    from {{ ref('ledger_postings') }} as postings
    group by postings.company_id, postings.posting_date
    having sum(postings.amount) <> 0
),

unbalanced_years as (
    select
        statements.company_id,
        statements.period_end,
        sum(unbalanced_days.amount) as amount
    from statements
    inner join unbalanced_days
        on
            statements.company_id = unbalanced_days.company_id
            and unbalanced_days.posting_date between statements.period_start and statements.period_end
    group by statements.company_id, statements.period_end
),

measured as (
    select
        company_id,
        statements.period_start,
        period_end,
        statements.closing,
        statements.changed + coalesce(unbalanced_years.amount, 0) as changed,
        statements.explained + coalesce(unbalanced_years.amount, 0) as explained,
        cast(coalesce(balances.balance, 0) as {{ money() }}) as expected
    from statements
    left join balances using (company_id, period_end)
    left join unbalanced_years using (company_id, period_end)
)

select * from measured
