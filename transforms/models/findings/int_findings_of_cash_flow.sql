{#- What the statement makes of profit and balance sheet, added to the opening cash, is what all bank accounts
    stand at in the trial balance. -#}
-- depends_on: {{ ref('touched_companies') }}
with statements as (
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

nominals as (
    select distinct
        company_id,
        nominal_code
    from {{ ref('stg_bank_accounts') }}
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
    where {{ since_touched_for('balance_findings', 'trial_balance.company_id', 'trial_balance.as_at') }}
    group by trial_balance.company_id, trial_balance.as_at
),

-- a document whose debits are not its credits is found by itself, and explains so much of the cash
unbalanced_months as (
    select
        company_id,
        {{ last_day_of_month('posting_date') }} as period_end,
        sum(amount) as amount
    from {{ ref('general_ledger') }}
    where {{ since_touched_for('balance_findings', 'company_id', 'posting_date') }}
    group by company_id, {{ last_day_of_month('posting_date') }}
    having sum(amount) <> 0
),

measured as (
    select
        statements.company_id,
        statements.period_end,
        coalesce(balances.balance, 0) as expected,
        statements.explained + coalesce(unbalanced_months.amount, 0) as explained,
        statements.changed + coalesce(unbalanced_months.amount, 0) as changed,
        statements.closing
    from statements
    left join balances
        on
            statements.company_id = balances.company_id
            and statements.period_end = balances.as_at
    left join unbalanced_months
        on
            statements.company_id = unbalanced_months.company_id
            and statements.period_end = unbalanced_months.period_end
),

compared as (
    select
        company_id,
        period_end,
        expected,
        -- the first of the three that is wrong, or a right one
        cast(
            case
                when {{ differs('expected', 'closing') }} then closing
                when {{ differs('expected', 'changed') }} then changed
                else explained
            end as {{ money() }}
        ) as found
    from measured
),

findings as (
    select
        company_id,
        period_end as judged_on,
        {{ finding(
            'cash_flow_differs',
            sentence(
                'The cash flow statement of the month to {date} ends in {found}, the bank accounts stand at {expected} in'
                ~ ' the trial balance. Run `accbooks transform --full-refresh`; if it stays, report it.',
                date='period_end',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'cash_flow'",
            period_start=first_day_of_month('period_end'),
            period_end='period_end',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where {{ differs('expected', 'found') }}
)

select * from findings
