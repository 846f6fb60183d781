with recomputed as (
    select * from {{ ref('recomputed_closing_balances') }}
),

expected as (
    select
        company_id,
        period_end as period,
        nominal_code,
        nominal_name as name,
        category,
        sign * amount as amount
    from recomputed
    where statement = 'balance_sheet'
    union all
    select
        company_id,
        period_end as period,
        {{ as_text('null') }} as nominal_code,
        'Current year earnings' as name,
        'capital_and_reserves' as category,
        sum(case when statement = 'profit_and_loss' then -amount else 0 end) as amount
    from recomputed
    group by company_id, period_end
),

found as (
    select
        lines.*,
        lines.as_at as period
    from {{ ref('balance_sheet') }} as lines
),

{{ table_differences(
    'balance_sheet',
    ['company_id', 'period', 'nominal_code'],
    amounts=['amount'],
    texts=['name', 'category']
) }}

select * from differences
