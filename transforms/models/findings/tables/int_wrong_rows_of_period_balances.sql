with recomputed as (
    select * from {{ ref('recomputed_period_balances') }}
),

expected as (
    select
        recomputed.*,
        recomputed.period_end as period,
        recomputed.debit - recomputed.credit as amount
    from recomputed
),

found as (
    select
        balances.*,
        balances.period_end as period
    from {{ ref('period_balances') }} as balances
),

{{ table_differences(
    'period_balances',
    ['company_id', 'period', 'nominal_code'],
    amounts=['debit', 'credit', 'amount', 'year_to_date', 'balance'],
    texts=['financial_year_start', 'financial_year_end', 'month_start', 'month_end', 'period_start']
) }}

select * from differences
