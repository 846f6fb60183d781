{#- What was closed with what changed since, by account: in all, and of the financial year that was closed. -#}
with judged as (
    select
        company_id,
        judged_closings.closed_through,
        judged_closings.closed_at,
        financial_year_start
    from {{ ref('int_judged_closings') }} as judged_closings
    inner join {{ beside(ref('financial_years')) }} using (company_id, financial_year_start)
    where judged_closings.kind = 'accounts'
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
    left join nominal_accounts
        on
            parts.company_id = nominal_accounts.company_id
            and parts.nominal_code = nominal_accounts.nominal_code
    left join account_categories on nominal_accounts.category = account_categories.category
    group by parts.company_id, parts.closed_through, parts.nominal_code, account_categories.statement
)

select * from accounts
