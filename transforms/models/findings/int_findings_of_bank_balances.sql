{#- The balances of the bank accounts of a nominal account add up to its line in the trial balance of every month-end.
    Each account's balances end on a day of their own, and its last one holds from then on. -#}
-- depends_on: {{ ref('touched_companies') }}
with bank_balances as (
    select
        company_id,
        nominal_code,
        bank_account_id,
        balance_date,
        balance,
        row_number() over (
            partition by company_id, nominal_code, bank_account_id order by balance_date desc
        ) as recency
    from {{ ref('bank_balances') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

trial_balance as (
    select * from {{ ref('trial_balance') }}
    where {{ since_touched_for('balance_findings', 'company_id', 'as_at') }}
),

nominals as (
    select distinct
        company_id,
        nominal_code
    from {{ ref('stg_bank_accounts') }}
    where nominal_code is not null
),

lines as (
    select
        trial_balance.company_id,
        trial_balance.as_at,
        trial_balance.nominal_code,
        trial_balance.debit - trial_balance.credit as balance
    from trial_balance
    inner join nominals
        on
            trial_balance.company_id = nominals.company_id
            and trial_balance.nominal_code = nominals.nominal_code
),

compared as (
    select
        lines.company_id,
        lines.as_at,
        lines.nominal_code,
        lines.balance as expected,
        coalesce(sum(bank_balances.balance), 0) as found
    from lines
    left join bank_balances
        on
            lines.company_id = bank_balances.company_id
            and lines.nominal_code = bank_balances.nominal_code
            and (
                lines.as_at = bank_balances.balance_date
                or (lines.as_at > bank_balances.balance_date and bank_balances.recency = 1)
            )
    group by lines.company_id, lines.as_at, lines.nominal_code, lines.balance
),

findings as (
    select
        company_id,
        as_at as judged_on,
        {{ finding(
            'bank_balances_differ',
            sentence(
                'The bank accounts of account {account} stand at {found} together at {date}, its line in the trial balance'
                ~ ' at {expected}. Run `accbooks transform --full-refresh`; if it stays, report it.',
                account='nominal_code',
                date='as_at',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'bank_balances'",
            period_end='as_at',
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected is distinct from found
)

select * from findings
