{#- The movement of earnings beside the profit of each month. -#}
-- depends_on: {{ ref('touched_companies') }}
with account_categories as (
    select * from {{ ref('account_categories') }}
),

movements as (
    select * from {{ ref('int_earnings_movements') }}
),

monthly_profit as (
    select
        lines.company_id,
        lines.period_end,
        -- signs undone: an amount's effect on profit is the opposite of its debit
        sum(-account_categories.sign * lines.amount) as amount
    from {{ ref('profit_and_loss') }} as lines
    inner join account_categories using (category)
    where {{ of_touched_companies_for('balance_findings', 'lines.company_id') }}
    group by lines.company_id, lines.period_end
),

direct_postings as (
    select
        company_id,
        {{ dbt.last_day('month_start', 'month') }} as period_end,
        sum(credit - debit) as amount
    from {{ ref('period_movements') }}
    where nominal_code = '{{ var("retained_earnings") }}'
    group by company_id, {{ dbt.last_day('month_start', 'month') }}
),

monthly as (
    select
        company_id,
        period_end,
        'month' as period,
        coalesce(monthly_profit.amount, 0) + coalesce(direct_postings.amount, 0) as expected,
        movements.amount as found
    from movements
    left join monthly_profit using (company_id, period_end)
    left join direct_postings using (company_id, period_end)
)

select * from monthly
