{#- The indirect method: what profit and balance sheet say of the money. An account's debit is money gone elsewhere. -#}
{%- set lines = [
    ('operating', 'Profit for the period', 'profit'),
    ('operating', 'Depreciation and other non-cash changes of fixed assets', 'non-cash'),
    ('operating', 'Decrease in trade debtors', 'debtors'),
    ('operating', 'Decrease in other current assets', 'current_assets'),
    ('operating', 'Increase in trade creditors', 'creditors'),
    ('operating', 'Increase in VAT owed', 'vat'),
    ('operating', 'Increase in other current liabilities', 'current_liabilities'),
    ('operating', 'Accounts without a category', 'unknown'),
    ('investing', 'Sale less purchase of fixed assets', 'fixed_assets'),
    ('financing', 'Increase in long-term liabilities', 'long_term_liabilities'),
    ('financing', 'Capital paid in less dividends', 'capital_and_reserves'),
] %}

with months as (
    select * from {{ beside(ref('months')) }}
),

movements as (
    select
        company_id,
        month_start,
        {%- for _, _, kind in lines %}
        sum(case when kind = '{{ kind }}' then -amount else 0 end) as line_{{ loop.index }},
        {%- endfor %}
        sum(case when kind = 'opening bank' then amount else 0 end) as opened_with,
        sum(case when kind in ('bank', 'opening bank') then amount else 0 end) as cash
    from {{ ref('int_cash_flow_movements') }}
    group by company_id, month_start
),

every_month as (
    select
        months.company_id,
        months.month_start as period_start,
        months.month_end as period_end,
        {%- for _ in lines %}
        coalesce(movements.line_{{ loop.index }}, 0) as line_{{ loop.index }},
        {%- endfor %}
        coalesce(movements.opened_with, 0) as opened_with,
        coalesce(movements.cash, 0) as cash
    from months
    left join movements
        on
            months.company_id = movements.company_id
            and months.month_start = movements.month_start
),

balances as (
    select
        every_month.*,
        {%- for _ in lines %}
        {{ '+ ' if not loop.first }}every_month.line_{{ loop.index }}
        {%- endfor %} as net_change,
        sum(every_month.cash) over (
            partition by every_month.company_id
            order by every_month.period_start
            rows between unbounded preceding and current row
        ) as closing_cash
    from every_month
),

statement_lines as (
    {%- for section, line, _ in lines %}
    select
        company_id,
        period_start,
        period_end,
        '{{ section }}' as section,
        '{{ line }}' as line,
        {{ loop.index }} as line_number,
        line_{{ loop.index }} as amount
    from balances
    {%- if line == 'Accounts without a category' %}
    where line_{{ loop.index }} <> 0
    {%- endif %}
    union all
    {%- endfor %}
    select
        company_id,
        period_start,
        period_end,
        'net_change' as section,
        'Change in cash' as line,
        {{ lines | length + 1 }} as line_number,
        net_change as amount
    from balances
    union all
    select
        company_id,
        period_start,
        period_end,
        'opening_cash' as section,
        'Cash at the start of the month' as line,
        {{ lines | length + 2 }} as line_number,
        closing_cash - cash + opened_with as amount
    from balances
    union all
    select
        company_id,
        period_start,
        period_end,
        'closing_cash' as section,
        'Cash at the end of the month' as line,
        {{ lines | length + 3 }} as line_number,
        closing_cash as amount
    from balances
),

cash_flow as (
    select
        company_id,
        period_start,
        period_end,
        section,
        line,
        line_number,
        cast(amount as {{ money() }}) as amount
    from statement_lines
)

select * from cash_flow
