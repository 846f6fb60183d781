with trial_balance_lines as (
    select * from {{ ref('stg_trial_balance_lines') }}
),

balance_sheet_lines as (
    select * from {{ ref('stg_balance_sheet_lines') }}
),

profit_and_loss_lines as (
    select * from {{ ref('stg_profit_and_loss_lines') }}
),

lines as (
    select
        company_id,
        'trial_balance' as report,
        cast(null as date) as period_start,
        period_end,
        nominal_code,
        coalesce(debit, 0) - coalesce(credit, 0) as amount
    from trial_balance_lines
    union all
    select
        company_id,
        'balance_sheet' as report,
        cast(null as date) as period_start,
        period_end,
        nominal_code,
        coalesce(amount, 0) as amount
    from balance_sheet_lines
    union all
    select
        company_id,
        'profit_loss' as report,
        period_start,
        period_end,
        nominal_code,
        coalesce(amount, 0) as amount
    from profit_and_loss_lines
)

select * from lines
