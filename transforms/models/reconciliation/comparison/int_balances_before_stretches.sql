{#- The balances with which each stretch that the monthly models leave out begins. -#}
with financial_years as (
    select * from {{ ref('financial_years') }}
),

trial_balance as (
    select * from {{ ref('trial_balance') }}
),

account_categories as (
    select * from {{ ref('account_categories') }}
),

latest_reports as (
    select * from {{ ref('int_latest_reports') }}
    where report in ('trial_balance', 'balance_sheet')
),

left_out as (
    select * from {{ ref('int_empty_stretches') }}
    where is_left_out
),

dates as (
    select
        latest_reports.company_id,
        latest_reports.report,
        latest_reports.period_end,
        left_out.balance_date,
        financial_years.financial_year_end < latest_reports.period_end as has_rolled_over
    from latest_reports
    inner join left_out
        on
            latest_reports.company_id = left_out.company_id
            and latest_reports.period_end between left_out.stretch_start and left_out.stretch_end
    inner join financial_years
        on
            latest_reports.company_id = financial_years.company_id
            and left_out.balance_date between financial_years.financial_year_start
            and financial_years.financial_year_end
),

beginnings as (
    select
        dates.company_id,
        dates.report,
        dates.period_end,
        dates.has_rolled_over,
        trial_balance.nominal_code,
        account_categories.statement,
        account_categories.sign,
        trial_balance.debit - trial_balance.credit as amount
    from dates
    inner join trial_balance
        on
            dates.company_id = trial_balance.company_id
            and dates.balance_date = trial_balance.as_at
    left join account_categories on trial_balance.category = account_categories.category
)

select * from beginnings
