{#- What has to hold within the statements, at every month-end of the books. -#}
-- depends_on: {{ ref('touched_companies') }}
with trial_balance as (
    select * from {{ ref('trial_balance') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

balance_sheet as (
    select * from {{ ref('balance_sheet') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

account_categories as (
    select * from {{ ref('account_categories') }}
),

-- until a trial balance was read nobody can know the accounts' categories, and what was not compared is said elsewhere
named_companies as (
    select distinct company_id from {{ ref('stg_trial_balance_lines') }}
),

trial_balance_totals as (
    select
        company_id,
        as_at,
        sum(debit) as debit,
        sum(credit) as credit,
        max(sum(debit) - sum(credit)) over (
            partition by company_id order by as_at rows between 1 preceding and 1 preceding
        ) as difference_before
    from trial_balance
    group by company_id, as_at
),

balance_sheet_sides as (
    select
        balance_sheet.company_id,
        balance_sheet.as_at,
        sum(
            case
                when balance_sheet.category in ('fixed_assets', 'current_assets') then balance_sheet.amount
                when balance_sheet.category in ('current_liabilities', 'long_term_liabilities')
                    then -balance_sheet.amount
                else 0
            end
        ) as net_assets,
        sum(case when balance_sheet.category = 'capital_and_reserves' then balance_sheet.amount else 0 end)
            as capital_and_reserves
    from balance_sheet
    inner join named_companies on balance_sheet.company_id = named_companies.company_id
    group by balance_sheet.company_id, balance_sheet.as_at
),

balance_sheet_totals as (
    select
        company_id,
        as_at,
        net_assets,
        capital_and_reserves,
        max(net_assets - capital_and_reserves) over (
            partition by company_id order by as_at rows between 1 preceding and 1 preceding
        ) as difference_before
    from balance_sheet_sides
),

-- also the account that earlier years' profit is in, to which nothing may be posted
without_category as (
    select
        trial_balance.company_id,
        trial_balance.nominal_code,
        trial_balance.category,
        min(trial_balance.as_at) as first_month_end,
        max(abs(trial_balance.debit - trial_balance.credit)) as largest_balance
    from trial_balance
    inner join named_companies on trial_balance.company_id = named_companies.company_id
    left join account_categories on trial_balance.category = account_categories.category
    where account_categories.category is null and trial_balance.debit <> trial_balance.credit
    group by trial_balance.company_id, trial_balance.nominal_code, trial_balance.category
),

findings as (
    select
        company_id,
        as_at as judged_on,
        {{ finding(
            'trial_balance_does_not_balance',
            sentence(
                'The trial balance at {date} does not balance: its debits are {debit}, its credits {credit}. Look for a'
                ~ ' document that does not balance among the findings; if there is none, run `accbooks transform'
                ~ ' --full-refresh`.',
                date='as_at',
                debit=amount_text('debit'),
                credit=amount_text('credit'),
            ),
            report="'trial_balance'",
            period_end='as_at',
            expected=amount_text('debit'),
            found=amount_text('credit'),
        ) }}
    from trial_balance_totals
    -- one that stays the same is said of its first month-end alone
    where debit is distinct from credit and debit - credit is distinct from difference_before
    union all
    select
        company_id,
        as_at as judged_on,
        {{ finding(
            'balance_sheet_does_not_balance',
            sentence(
                'The balance sheet at {date} does not balance: net assets are {assets}, capital and reserves {capital}.'
                ~ ' Look for an account without a category or a document that does not balance among the findings; if'
                ~ ' there is none, run `accbooks transform --full-refresh`.',
                date='as_at',
                assets=amount_text('net_assets'),
                capital=amount_text('capital_and_reserves'),
            ),
            report="'balance_sheet'",
            period_end='as_at',
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
