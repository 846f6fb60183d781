{#- What is open on all documents, and posted without any, is what the control accounts stand at, at every
    month-end. -#}
-- depends_on: {{ ref('touched_companies') }}
with trial_balance as (
    select * from {{ ref('trial_balance') }}
    where
        nominal_code in ('{{ var("trade_debtors") }}', '{{ var("trade_creditors") }}')
        and {{ since_touched_for('balance_findings', 'company_id', 'as_at') }}
),

sides as (
    select
        company_id,
        as_at,
        '{{ var("trade_debtors") }}' as nominal_code,
        0 as expected,
        outstanding as found
    from {{ ref('aged_receivables') }}
    where {{ since_touched_for('balance_findings', 'company_id', 'as_at') }}
    union all
    select
        company_id,
        as_at,
        '{{ var("trade_creditors") }}' as nominal_code,
        0 as expected,
        -outstanding as found
    from {{ ref('aged_payables') }}
    where {{ since_touched_for('balance_findings', 'company_id', 'as_at') }}
    union all
    select
        company_id,
        as_at,
        nominal_code,
        debit - credit as expected,
        0 as found
    from trial_balance
),

compared as (
    select
        company_id,
        as_at,
        nominal_code,
        sum(expected) as expected,
        sum(found) as found
    from sides
    group by company_id, as_at, nominal_code
),

findings as (
    select
        company_id,
        as_at as judged_on,
        {{ finding(
            'aged_debts_differ',
            sentence(
                'The open documents of account {account} add up to {found} at {date}, its line in the trial balance is'
                ~ ' {expected}. Run `accbooks transform --full-refresh`; if it stays, report it.',
                account='nominal_code',
                date='as_at',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'aged_items'",
            period_end='as_at',
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected is distinct from found
)

select * from findings
