{#- What was closed, with what changed since, is what the trial balance of the day says. -#}
with compared as (
    select * from {{ ref('int_closed_balance_totals') }}
),

findings as (
    select
        company_id,
        {{ finding(
            'closed_balances_differ',
            sentence(
                'Account {account} was closed through {date} with what is {found} today, changes since included, but its line'
                ~ ' in the trial balance is {expected}. Run `accbooks transform --full-refresh`; if it stays, report it.',
                account='nominal_code',
                date='closed_through',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'closed_balances'",
            period_end='closed_through',
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected <> found
)

select * from findings
