{#- The balances of the bank accounts of a nominal account add up to its line in the trial balance of every month-end.
    Each account's balances end on a day of their own, and its last one holds from then on. -#}
with compared as (
    select * from {{ ref('int_compared_bank_balances') }}
),

findings as (
    select
        company_id,
        period_end as judged_on,
        {{ finding(
            'bank_balances_differ',
            sentence(
                'The bank accounts of account {account} stand at {found} together at {date}, its line in the trial balance'
                ~ ' at {expected}. Run `accbooks transform --full-refresh`; if it stays, report it.',
                account='nominal_code',
                date='period_end',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'bank_balances'",
            period_end='period_end',
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected is distinct from found
)

select * from findings
