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
        balances.company_id,
        balances.month_start,
        balances.month_end,
        balances.period_end,
        balances.nominal_code,
        nominal_accounts.name,
        nominal_accounts.category,
        account_categories.sign * balances.amount as amount,
        account_categories.sign * balances.year_to_date as year_to_date,
        financial_years.is_year_end_known,
        financial_years.financial_year_start,
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
    inner join financial_years
        on
            balances.company_id = financial_years.company_id
            and balances.financial_year_start = financial_years.financial_year_start
    inner join nominal_accounts
        on
            balances.company_id = nominal_accounts.company_id
            and balances.nominal_code = nominal_accounts.nominal_code
    inner join account_categories on nominal_accounts.category = account_categories.category
),

numbered as (
    select
        lines.*,
        {{ quarter_of(financial_month('lines.month_start', 'lines.first_month')) }} as quarter_number,
        3 * {{ quarter_of(financial_month('lines.month_start', 'lines.first_month')) }} - 3 as months_before,
        -- not cut to 12: a year that ends within a month has parts of that month at either end
        {{ months_after('lines.month_start', 'lines.first_month') }} as month_number
    from lines
),

-- a period of one year has its counterpart where the year is one less and the number the same
periods as (
    select
        company_id,
        'month' as period_type,
        {{ year_of('month_start') }} as year_number,
        {{ month_of('month_start') }} as period_number,
        month_start as period_start,
        month_end as period_end,
        nominal_code,
        name,
        category,
        amount
    from numbered
    union all
    select
        company_id,
        'quarter' as period_type,
        year_number,
        quarter_number as period_number,
        case
            when is_year_end_known and quarter_number = 1 then financial_year_start
            -- the first year of the calendar began before there are dates
            when is_year_end_known
                then greatest({{ add_months('first_month', 'months_before') }}, financial_year_start)
            else {{ add_months('first_month', 'months_before') }}
        end as period_start,
        case
            when is_year_end_known and quarter_number = 4 then financial_year_end
            else {{ last_day_of_month(add_months(add_months('first_month', 'months_before'), '2')) }}
        end as period_end,
        nominal_code,
        name,
        category,
        amount
    from numbered
    union all
    select
        company_id,
        'financial_year_to_date' as period_type,
        year_number,
        month_number as period_number,
        financial_year_start as period_start,
        period_end,
        nominal_code,
        name,
        category,
        year_to_date as amount
    from numbered
    where is_year_end_known
),

this_year as (
    select
        company_id,
        period_type,
        year_number,
        period_number,
        period_start,
        period_end,
        nominal_code,
        name,
        category,
        sum(amount) as amount
    from periods
    group by
        company_id,
        period_type,
        year_number,
        period_number,
        period_start,
        period_end,
        nominal_code,
        name,
        category
),

-- one year follows the other: an account has a row in each from its first posting on, and the books hold every period
-- from their first one on
years_before as (
    select
        this_year.*,
        max(this_year.year_number) over (
            partition by this_year.company_id, this_year.period_type, this_year.period_number, this_year.nominal_code
            order by this_year.year_number
            rows between 1 preceding and 1 preceding
        ) as year_before,
        max(this_year.amount) over (
            partition by this_year.company_id, this_year.period_type, this_year.period_number, this_year.nominal_code
            order by this_year.year_number
            rows between 1 preceding and 1 preceding
        ) as amount_before,
        min(this_year.year_number) over (
            partition by this_year.company_id, this_year.period_type, this_year.period_number
        ) as first_year
    from this_year
),

compared as (
    select
        company_id,
        period_type,
        period_start,
        period_end,
        nominal_code,
        name,
        category,
        cast(amount as {{ money() }}) as amount,
        cast(
            case
                when year_before = year_number - 1 then amount_before
                -- what the books hold nothing of is not zero, but unknown
                when first_year < year_number then 0
            end as {{ money() }}
        ) as amount_last_year
    from years_before
)

select * from compared
