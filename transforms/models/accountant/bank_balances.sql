with balances as (
    select * from {{ ref('int_bank_account_balances') }}
),

accounts as (
    select * from {{ beside(ref('bank_accounts')) }}
),

last_days as (
    select
        company_id,
        -- not beyond what was looked at, though months may pass without a sync
        least(max(month_end), {{ day_of_reading() }}) as last_day
    from {{ beside(ref('months')) }}
    group by company_id
),

month_runs as (
    {{ runs_of_months(beside(ref('months'))) }}
),

stretches as (
    select
        balances.*,
        case
            when balances.next_posting_date is null then greatest(balances.posting_date, last_days.last_day)
            else balances.next_posting_date - 1
        end as last_day
    from balances
    inner join last_days on balances.company_id = last_days.company_id
),

-- months that are left out have no days
runs as (
    select
        stretches.*,
        accounts.name as bank_account_name,
        greatest(stretches.posting_date, month_runs.first_month) as first_day,
        {{ days_after(
            'least(stretches.last_day, month_runs.last_day)', 'greatest(stretches.posting_date, month_runs.first_month)'
        ) }} as further_days
    from stretches
    inner join month_runs
        on
            stretches.company_id = month_runs.company_id
            and stretches.posting_date <= month_runs.last_day
            and stretches.last_day >= month_runs.first_month
    left join accounts
        on
            stretches.company_id = accounts.company_id
            and stretches.bank_account_id = accounts.bank_account_id
),

days as (
    select
        runs.company_id,
        runs.bank_account_id,
        runs.first_day + cast({{ number_of('numbers') }} as integer) as balance_date,
        runs.nominal_code,
        runs.currency,
        cast(runs.balance as {{ money() }}) as balance,
        -- an amount that nobody knows leaves every later balance unknown
        cast(
            case when runs.amounts_unknown = 0 then runs.balance_in_currency end as {{ money() }}
        ) as balance_in_currency,
        runs.bank_account_name
    from runs
    {{ with_numbers('0', 'runs.further_days', 'numbers') }}
)

select * from days
