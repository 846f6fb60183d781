{#- What was closed with what changed since, beside the trial balance of the same day. Only for a month-end, which has a
    trial balance, and for the financial year that was closed. -#}
with judged as (
    select
        company_id,
        judged_closings.closed_through,
        judged_closings.closed_at,
        financial_years.financial_year_start
    from {{ ref('int_judged_closings') }} as judged_closings
    inner join {{ beside(ref('financial_years')) }} as financial_years using (company_id, financial_year_start)
    where judged_closings.kind = 'accounts'
),

trial_balance as (
    select * from {{ beside(ref('trial_balance')) }}
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

account_categories as (
    select * from {{ beside(ref('account_categories')) }}
),

parts as (
    select
        company_id,
        closed_through,
        balances.nominal_code,
        balances.balance as amount,
        balances.movement_of_year as amount_of_year
    from {{ ref('stg_closed_balances') }} as balances
    inner join judged using (company_id, closed_through, closed_at)
    where balances.kind = 'accounts'
    union all
    select
        company_id,
        closed_through,
        changes.nominal_code,
        changes.difference as amount,
        case when changes.document_date >= judged.financial_year_start then changes.amount_now else 0 end
        - case
            when changes.document_date_when_closed >= judged.financial_year_start then changes.amount_when_closed
            else 0
        end as amount_of_year
    from {{ beside(ref('prior_period_changes')) }} as changes
    inner join judged using (company_id, closed_through)
),

accounts as (
    select
        parts.company_id,
        parts.closed_through,
        parts.nominal_code,
        coalesce(account_categories.statement = 'profit_and_loss', false) as is_of_year,
        sum(parts.amount) as amount,
        sum(parts.amount_of_year) as amount_of_year
    from parts
    left join nominal_accounts using (company_id, nominal_code)
    left join account_categories on nominal_accounts.category = account_categories.category
    group by parts.company_id, parts.closed_through, parts.nominal_code, account_categories.statement
),

-- earlier years' profit is in one account
lines as (
    select
        company_id,
        closed_through,
        nominal_code,
        case when is_of_year then amount_of_year else amount end as found,
        0 as expected
    from accounts
    union all
    select
        company_id,
        closed_through,
        '{{ var("retained_earnings") }}' as nominal_code,
        amount - amount_of_year as found,
        0 as expected
    from accounts
    where is_of_year
    union all
    select
        company_id,
        judged.closed_through,
        trial_balance.nominal_code,
        0 as found,
        trial_balance.debit - trial_balance.credit as expected
    from trial_balance
    inner join judged using (company_id)
    where trial_balance.as_at = judged.closed_through
),

totals as (
    select
        company_id,
        closed_through,
        nominal_code,
        sum(found) as found,
        sum(expected) as expected
    from lines
    group by company_id, closed_through, nominal_code
)

select totals.*
from totals
where
    exists (
        select 1
        from trial_balance
        where trial_balance.company_id = totals.company_id and trial_balance.as_at = totals.closed_through
    )
