{#- What has to hold within the statements, at every month-end of the books. -#}
with trial_balance_totals as (
    select * from {{ ref('int_trial_balance_totals') }}
),

balance_sheet_totals as (
    select * from {{ ref('int_balance_sheet_totals') }}
),

without_category as (
    select * from {{ ref('int_accounts_without_category') }}
),

findings as (
    select
        company_id,
        period_end as judged_on,
        {{ finding(
            'trial_balance_does_not_balance',
            sentence(
                'The trial balance at {date} does not balance: its debits are {debit}, its credits {credit}. Look for a'
                ~ ' document that does not balance among the findings; if there is none, run `accbooks transform'
                ~ ' --full-refresh`.',
                date='period_end',
                debit=amount_text('debit'),
                credit=amount_text('credit'),
            ),
            report="'trial_balance'",
            period_end='period_end',
            expected=amount_text('debit'),
            found=amount_text('credit'),
        ) }}
    from trial_balance_totals
    -- one that stays the same is said of its first month-end alone
    where debit is distinct from credit and debit - credit is distinct from difference_before
    union all
    select
        company_id,
        period_end as judged_on,
        {{ finding(
            'balance_sheet_does_not_balance',
            sentence(
                'The balance sheet at {date} does not balance: net assets are {assets}, capital and reserves {capital}.'
                ~ ' Look for an account without a category or a document that does not balance among the findings; if'
                ~ ' there is none, run `accbooks transform --full-refresh`.',
                date='period_end',
                assets=amount_text('net_assets'),
                capital=amount_text('capital_and_reserves'),
            ),
            report="'balance_sheet'",
            period_end='period_end',
            expected=amount_text('net_assets'),
            found=amount_text('capital_and_reserves'),
        ) }}
    from balance_sheet_totals
    where
        net_assets is distinct from capital_and_reserves
        and net_assets - capital_and_reserves is distinct from difference_before
        -- an account without a category is said above all, and is why
        and company_id not in (select without_category.company_id from without_category)
    union all
    select
        company_id,
        {{ latest_date() }} as judged_on,
        {{ finding(
            'account_without_category',
            sentence(
                'No report of AccBooks gives account {account} a category we know, so it is in the trial balance and in no'
                ~ ' statement; it stood at up to {amount}, first at {date}. Check the account in AccBooks.',
                account='nominal_code',
                amount=amount_text('largest_balance'),
                date='first_month_end',
            ),
            period_end='first_month_end',
            nominal_code='nominal_code',
            expected="'a category'",
            found='category',
        ) }}
    from without_category
    -- what is on it for want of an account is said of each document, see incomplete_posting
    where nominal_code <> '{{ var("unknown_nominal") }}' or category is not null
)

select * from findings
