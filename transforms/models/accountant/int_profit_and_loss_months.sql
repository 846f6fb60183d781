{#- The profit and loss of each month, and the quarter and the month of the financial year it is in. -#}
{{ config(materialized='ephemeral') }}

with balances as (
    select * from {{ beside(ref('period_balances')) }}
),

financial_years as (
    select * from {{ ref('int_financial_years') }}
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

account_categories as (
    select * from {{ beside(ref('account_categories')) }}
    where statement = 'profit_and_loss'
),

lines as (
    select
        company_id,
        balances.month_start,
        balances.month_end,
        balances.period_end,
        nominal_code,
        nominal_accounts.name as nominal_name,
        category,
        account_categories.sign * balances.amount as amount,
        account_categories.sign * balances.year_to_date as year_to_date,
        financial_years.is_year_end_known,
        financial_year_start,
        financial_years.financial_year_end,
        case
            when financial_years.is_year_end_known then financial_years.first_month
            else {{ date_of(year_of('balances.month_start'), '1', '1') }}
        end as first_month,
        case
            when financial_years.is_year_end_known then {{ year_of('balances.financial_year_end') }}
            else {{ year_of('balances.month_start') }}
        end as year_number
    from balances
    inner join financial_years using (company_id, financial_year_start)
    inner join nominal_accounts using (company_id, nominal_code)
    inner join account_categories using (category)
),

numbered as (
    select
        lines.*,
        {{ quarter_of(financial_month('lines.month_start', 'lines.first_month')) }} as quarter_number,
        3 * {{ quarter_of(financial_month('lines.month_start', 'lines.first_month')) }} - 3 as months_before,
        -- not cut to 12: a year that ends within a month has parts of that month at either end
        {{ months_after('lines.month_start', 'lines.first_month') }} as month_number
    from lines
)

select * from numbered
