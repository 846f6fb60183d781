{#- The last month-end of the books in each VAT quarter. -#}
-- depends_on: {{ ref('touched_companies') }}
with lines as (
    select * from {{ ref('vat_account_reconciliation') }}
    where {{ since_touched_for('balance_findings', 'company_id', 'period_end') }}
),

-- the books may have no month at the end of a quarter, because they end or because nothing is posted for ten years
last_days as (
    select
        lines.company_id,
        lines.period_start,
        max(months.month_end) as last_day
    from lines
    inner join {{ ref('months') }} as months
        on
            lines.company_id = months.company_id
            and lines.period_end >= months.month_end
    where lines.line_number = 6
    group by lines.company_id, lines.period_start
)

select * from last_days
