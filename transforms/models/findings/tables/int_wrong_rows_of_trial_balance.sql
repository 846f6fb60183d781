with recomputed as (
    select * from {{ ref('recomputed_closing_balances') }}
),

expected as (
    select
        recomputed.company_id,
        recomputed.period_end as period,
        recomputed.nominal_code,
        recomputed.nominal_name as name,
        recomputed.category,
        {{ debit_of('recomputed.amount') }} as debit,
        {{ credit_of('recomputed.amount') }} as credit
    from recomputed
),

found as (
    select
        lines.*,
        lines.as_at as period
    from {{ ref('trial_balance') }} as lines
),

{{ table_differences(
    'trial_balance',
    ['company_id', 'period', 'nominal_code'],
    amounts=['debit', 'credit'],
    texts=['name', 'category']
) }}

select * from differences
