{#- The earnings of the current year beside the profit of each financial year that ends at a month-end. -#}
-- depends_on: {{ ref('touched_companies') }}
with account_categories as (
    select * from {{ ref('account_categories') }}
),

movements as (
    select * from {{ ref('int_earnings_movements') }}
),

yearly_profit as (
    select
        lines.company_id,
        lines.period_end,
        sum(-account_categories.sign * lines.amount) as amount
    from {{ ref('profit_and_loss_by_financial_year') }} as lines
    inner join account_categories using (category)
    where {{ of_touched_companies_for('balance_findings', 'lines.company_id') }}
    group by lines.company_id, lines.period_end
),

yearly as (
    select
        company_id,
        period_end,
        'financial year' as period,
        yearly_profit.amount as expected,
        movements.current_year_amount as found
    from movements
    inner join yearly_profit using (company_id, period_end)
)

select * from yearly
