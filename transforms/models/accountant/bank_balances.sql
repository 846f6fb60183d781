with runs as (
    select * from {{ ref('int_bank_balance_runs') }}
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
        ) as balance_in_currency
    from runs
    {{ with_numbers('0', 'runs.further_days', 'numbers') }}
)

select * from days
