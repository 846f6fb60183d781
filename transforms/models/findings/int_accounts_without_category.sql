{#- Accounts with a balance and no category that we know, also the one that earlier years' profit is in. -#}
-- depends_on: {{ ref('touched_companies') }}
with account_categories as (
    select * from {{ ref('account_categories') }}
),

trial_balance as (
    select * from {{ ref('trial_balance') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

-- until a trial balance was read nobody can know the accounts' categories, and what was not compared is said elsewhere
named_companies as (
    select distinct company_id from {{ ref('stg_trial_balance_lines') }}
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
)

select * from without_category
