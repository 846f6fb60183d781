{{ config(enabled=var('accbooks_budgets', '') != '', tags=['of_settings']) }}

with budgets as (
    select * from {{ ref('stg_budgets') }}
),

profit_and_loss as (
    select * from {{ beside(ref('profit_and_loss')) }}
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

planned_months as (
    select distinct
        company_id,
        month_start
    from budgets
),

amounts as (
    select
        profit_and_loss.company_id,
        profit_and_loss.period_start,
        profit_and_loss.nominal_code,
        profit_and_loss.amount,
        0 as budget,
        profit_and_loss.name,
        profit_and_loss.category
    from profit_and_loss
    inner join planned_months
        on
            profit_and_loss.company_id = planned_months.company_id
            and profit_and_loss.period_start = planned_months.month_start
    union all
    select
        budgets.company_id,
        budgets.month_start as period_start,
        budgets.nominal_code,
        0 as amount,
        budgets.amount as budget,
        coalesce(nominal_accounts.name, budgets.account_name) as name,
        coalesce(nominal_accounts.category, budgets.category) as category
    from budgets
    left join nominal_accounts
        on
            budgets.company_id = nominal_accounts.company_id
            and budgets.nominal_code = nominal_accounts.nominal_code
),

by_account as (
    select
        company_id,
        period_start,
        nominal_code,
        {{ as_text('max(name)') }} as name,
        {{ as_text('max(category)') }} as category,
        cast(sum(amount) as {{ money() }}) as amount,
        cast(sum(budget) as {{ money() }}) as budget
    from amounts
    group by company_id, period_start, nominal_code
),

compared as (
    select
        company_id,
        period_start,
        {{ dbt.last_day('period_start', 'month') }} as period_end,
        nominal_code,
        name,
        category,
        amount,
        budget,
        -- more income than planned is good for the profit, and so is less cost
        cast(
            case when category in ('turnover', 'other_income') then amount - budget else budget - amount end
            as {{ money() }}
        ) as variance
    from by_account
)

select * from compared
