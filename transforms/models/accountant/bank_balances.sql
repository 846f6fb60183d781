{#- Whose money a posting to a bank's nominal account is, is decided here: the bank account its record names or, where
    the nominal account belongs to one bank account alone, that one. What then is nobody's, such as a journal to an
    account that two banks share, has rows without a bank account. -#}
with bank_accounts as (
    select * from {{ ref('stg_bank_accounts') }}
    where nominal_code is not null
),

companies as (
    select * from {{ ref('stg_company') }}
),

last_days as (
    select
        company_id,
        -- not beyond what was looked at, though months may pass without a sync
        least(max(month_end), current_date) as last_day
    from {{ beside(ref('months')) }}
    group by company_id
),

month_runs as (
    {{ runs_of_months(beside(ref('months'))) }}
),

banks as (
    select
        company_id,
        nominal_code,
        case when count(*) = 1 then min(account_id) end as only_account_id
    from bank_accounts
    group by company_id, nominal_code
),

bank_movements as (
    select
        bank_movements.company_id,
        bank_movements.nominal_code,
        coalesce(banks.only_account_id, bank_movements.bank_account_id) as bank_account_id,
        bank_movements.posting_date,
        bank_movements.amount,
        bank_movements.currency,
        bank_movements.amount_in_currency,
        bank_movements.amounts_unknown
    from {{ ref('bank_movements') }} as bank_movements
    inner join banks
        on
            bank_movements.company_id = banks.company_id
            and bank_movements.nominal_code = banks.nominal_code
),

own_movements as (
    select
        bank_movements.company_id,
        bank_movements.nominal_code,
        bank_movements.bank_account_id,
        bank_movements.posting_date,
        bank_movements.amount,
        coalesce(bank_accounts.currency, companies.base_currency) as currency,
        case
            when coalesce(bank_accounts.currency, companies.base_currency) = companies.base_currency
                then bank_movements.amount
            when bank_accounts.currency = bank_movements.currency then bank_movements.amount_in_currency
        end as amount_in_currency,
        case
            when coalesce(bank_accounts.currency, companies.base_currency) = companies.base_currency
                then case when bank_movements.amount is null then 1 else 0 end
            when bank_accounts.currency = bank_movements.currency then bank_movements.amounts_unknown
            else 1
        end as amounts_unknown
    from bank_movements
    left join bank_accounts
        on
            bank_movements.company_id = bank_accounts.company_id
            and bank_movements.bank_account_id = bank_accounts.account_id
    left join companies on bank_movements.company_id = companies.company_id
),

movements as (
    select
        company_id,
        nominal_code,
        bank_account_id,
        currency,
        posting_date,
        sum(amount) as amount,
        sum(amount_in_currency) as amount_in_currency,
        sum(amounts_unknown) as amounts_unknown
    from own_movements
    group by company_id, nominal_code, bank_account_id, currency, posting_date
),

balances as (
    select
        company_id,
        nominal_code,
        bank_account_id,
        currency,
        posting_date,
        sum(amount) over (
            partition by company_id, nominal_code, bank_account_id
            order by posting_date
            rows between unbounded preceding and current row
        ) as balance,
        sum(amount_in_currency) over (
            partition by company_id, nominal_code, bank_account_id
            order by posting_date
            rows between unbounded preceding and current row
        ) as balance_in_currency,
        sum(amounts_unknown) over (
            partition by company_id, nominal_code, bank_account_id
            order by posting_date
            rows between unbounded preceding and current row
        ) as amounts_unknown,
        max(posting_date) over (
            partition by company_id, nominal_code, bank_account_id
            order by posting_date
            rows between 1 following and 1 following
        ) as next_posting_date
    from movements
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
