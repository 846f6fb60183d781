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

-- what the books hold nothing of is not zero, but unknown
known_periods as (
    select distinct
        company_id,
        period_type,
        year_number,
        period_number
    from this_year
),

compared as (
    select
        this_year.company_id,
        this_year.period_type,
        this_year.period_start,
        this_year.period_end,
        this_year.nominal_code,
        this_year.name,
        this_year.category,
        cast(this_year.amount as decimal(18, 2)) as amount,
        cast(
            case when known_periods.company_id is not null then coalesce(last_year.amount, 0) end as decimal(18, 2)
        ) as amount_last_year
    from this_year
    left join this_year as last_year
        on
            this_year.company_id = last_year.company_id
            and this_year.period_type = last_year.period_type
            and this_year.year_number - 1 = last_year.year_number
            and this_year.period_number = last_year.period_number
            and this_year.nominal_code = last_year.nominal_code
    left join known_periods
        on
            this_year.company_id = known_periods.company_id
            and this_year.period_type = known_periods.period_type
            and this_year.year_number - 1 = known_periods.year_number
            and this_year.period_number = known_periods.period_number
)

select * from compared
