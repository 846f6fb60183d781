with trial_balance as (
    select * from {{ ref('trial_balance') }}
),

balance_sheet as (
    select * from {{ ref('balance_sheet') }}
),

profit_and_loss as (
    select * from {{ ref('profit_and_loss') }}
),

profit_and_loss_by_financial_year as (
    select * from {{ ref('profit_and_loss_by_financial_year') }}
),

left_out_balances as (
    select * from {{ ref('int_left_out_balances') }}
),

lines as (
    select
        company_id,
        'trial_balance' as report,
        cast(null as date) as period_start,
        as_at as period_end,
        nominal_code,
        debit - credit as amount
    from trial_balance
    union all
    select
        company_id,
        'balance_sheet' as report,
        cast(null as date) as period_start,
        as_at as period_end,
        nominal_code,
        amount
    from balance_sheet
    union all
    select
        company_id,
        'profit_loss' as report,
        period_start,
        period_end,
        nominal_code,
        amount
    from profit_and_loss
    union all
    select
        company_id,
        'profit_loss' as report,
        period_start,
        period_end,
        nominal_code,
        amount
    from profit_and_loss_by_financial_year
    union all
    select
        company_id,
        report,
        cast(null as date) as period_start,
        period_end,
        nominal_code,
        amount
    from left_out_balances
)

select * from lines
