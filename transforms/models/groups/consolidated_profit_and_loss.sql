{{ config(enabled=var('accbooks_groups', '') != '', tags=['of_settings']) }}

with lines as (
    select * from {{ ref('int_consolidated_lines') }}
    where statement = 'profit_and_loss'
),

account_categories as (
    select * from {{ beside(ref('account_categories')) }}
),

by_month as (
    select
        lines.group_name,
        lines.parent_id as company_id,
        lines.month_start as period_start,
        {{ dbt.last_day('lines.month_start', 'month') }} as period_end,
        lines.line_type,
        lines.nominal_code,
        lines.name,
        lines.category,
        -- minority interest is no category of AccBooks: it is taken from the profit, as a cost is
        cast(sum(coalesce(account_categories.sign, 1) * lines.amount) as {{ money() }}) as amount
    from lines
    left join account_categories on lines.category = account_categories.category
    group by 1, 2, 3, 4, 5, 6, 7, 8
)

select * from by_month
where line_type = 'account' or amount <> 0
