{#- A cash flow statement of each period by the indirect method, as CTEs that end in `statement`. The CTE `periods` has
    company_id, period_start and period_end; `movements` has company_id, period_start, kind and amount. `length` is what
    a period is called. A line has a section, a name, and the kind of movement it is made of; a debit is money gone. -#}
{% macro cash_flow_statement(length) -%}
{%- set lines = [
    ('operating', 'Profit for the period', 'profit'),
    ('operating', 'Depreciation and other non-cash items', 'non-cash'),
    ('operating', 'Decrease in trade debtors', 'debtors'),
    ('operating', 'Decrease in other current assets', 'current_assets'),
    ('operating', 'Increase in trade creditors', 'creditors'),
    ('operating', 'Increase in VAT owed', 'vat'),
    ('operating', 'Increase in other current liabilities', 'current_liabilities'),
    ('operating', 'Accounts without a category', 'unknown'),
    ('investing', 'Sale less purchase of fixed assets', 'fixed_assets'),
    ('financing', 'Increase in long-term liabilities', 'long_term_liabilities'),
    ('financing', 'Capital paid in less dividends', 'capital_and_reserves'),
] -%}
sums as (
    select
        company_id,
        period_start,
        {%- for _, _, kind in lines %}
        sum(case when kind = '{{ kind }}' then -amount else 0 end) as line_{{ loop.index }},
        {%- endfor %}
        sum(case when kind = 'opening bank' then amount else 0 end) as opened_with,
        sum(case when kind in ('bank', 'opening bank') then amount else 0 end) as cash
    from movements
    group by company_id, period_start
),

every_period as (
    select
        periods.company_id,
        periods.period_start,
        periods.period_end,
        {%- for _ in lines %}
        coalesce(sums.line_{{ loop.index }}, 0) as line_{{ loop.index }},
        {%- endfor %}
        coalesce(sums.opened_with, 0) as opened_with,
        coalesce(sums.cash, 0) as cash
    from periods
    left join sums
        on
            periods.company_id = sums.company_id
            and periods.period_start = sums.period_start
),

balances as (
    select
        every_period.*,
        {%- for _ in lines %}
        {{ '+ ' if not loop.first }}every_period.line_{{ loop.index }}
        {%- endfor %} as net_change,
        sum(every_period.cash) over (
            partition by every_period.company_id
            order by every_period.period_start
            rows between unbounded preceding and current row
        ) as closing_cash
    from every_period
),

lines as (
    {%- for section, line, _ in lines %}
    select
        {{ loop.index }} as line_number,
        '{{ section }}' as section,
        '{{ line }}' as line
    union all
    {%- endfor %}
    select
        {{ lines | length + 1 }} as line_number,
        'net_change' as section,
        'Change in cash' as line
    union all
    select
        {{ lines | length + 2 }} as line_number,
        'opening_cash' as section,
        'Cash at the start of the {{ length }}' as line
    union all
    select
        {{ lines | length + 3 }} as line_number,
        'closing_cash' as section,
        'Cash at the end of the {{ length }}' as line
),

-- each period beside each line, so that a database computes the balances once
statement_lines as (
    select
        balances.company_id,
        balances.period_start,
        balances.period_end,
        lines.section,
        lines.line,
        lines.line_number,
        case lines.line_number
            {%- for _ in lines %}
            when {{ loop.index }} then balances.line_{{ loop.index }}
            {%- endfor %}
            when {{ lines | length + 1 }} then balances.net_change
            when {{ lines | length + 2 }} then balances.closing_cash - balances.cash + balances.opened_with
            else balances.closing_cash
        end as amount
    from balances
    cross join lines
),

statement as (
    select
        company_id,
        period_start,
        period_end,
        section,
        line,
        line_number,
        cast(amount as {{ money() }}) as amount
    from statement_lines
    where line <> 'Accounts without a category' or amount <> 0
)
{%- endmacro %}
