{{ config(enabled=var('accbooks_groups', '') != '', tags=['of_settings']) }}

with balances as (
    select * from {{ ref('int_consolidated_balances') }}
),

account_categories as (
    select * from {{ beside(ref('account_categories')) }}
),

lines as (
    select
        balances.group_name,
        balances.company_id,
        balances.as_at,
        balances.line_type,
        balances.nominal_code,
        balances.name,
        balances.category,
        cast(account_categories.sign * balances.amount as {{ money() }}) as amount
    from balances
    inner join account_categories on balances.category = account_categories.category
    where balances.statement = 'balance_sheet'
    union all
    select
        group_name,
        company_id,
        as_at,
        'current_year_earnings' as line_type,
        {{ as_text('null') }} as nominal_code,
        'Current year earnings' as name,
        'capital_and_reserves' as category,
        cast(sum(case when statement = 'profit_and_loss' then -amount else 0 end) as {{ money() }}) as amount
    from balances
    group by group_name, company_id, as_at
)

select * from lines
