{#- What is proved now, how deeply, and since when. A view, because a report fetched again and found the same renews its
    certificate without anything being built. It reads no table of its own schema: in a file named accbooks.duckdb
    DuckDB could not. -#}
with equal_reports as (
    select * from {{ ref('int_equal_reports') }}
),

empty_stretches as (
    select * from {{ ref('int_equal_empty_stretches') }}
),

years as (
    select * from {{ ref('int_equal_financial_years') }}
),

balances as (
    select * from equal_reports
    where report = 'trial_balance'
),

last_balances as (
    select
        company_id,
        max(period_end) as period_end
    from balances
    group by company_id
),

certificates as (
    select
        company_id,
        'balances' as depth,
        cast(null as date) as period_start,
        period_end,
        balances.fetched_at as certified_at,
        'trial balance at ' || {{ as_text('period_end') }} as evidence,
        balances.load_id
    from balances
    inner join last_balances using (company_id, period_end)
    union all
    select
        years.company_id,
        'years' as depth,
        years.period_start,
        years.period_end,
        case
            -- a trial balance within the year, or at its end, shows the profit and loss account by account
            when balances.period_end <= years.period_end
                then least(balances.fetched_at, coalesce(years.stretch_fetched_at, balances.fetched_at))
            else least(years.fetched_at, balances.fetched_at)
        end as certified_at,
        'profit and loss of the year, trial balance at ' || {{ as_text('balances.period_end') }} as evidence,
        balances.load_id
    from years
    inner join balances
        on
            years.company_id = balances.company_id
            and years.balance_date = balances.period_end
    union all
    select
        company_id,
        'months' as depth,
        {{ first_day_of_month('period_end') }} as period_start,
        period_end,
        fetched_at as certified_at,
        'trial balance at ' || {{ as_text('period_end') }} as evidence,
        load_id
    from balances
    union all
    select
        company_id,
        'months' as depth,
        period_start,
        period_end,
        fetched_at as certified_at,
        'nothing was posted: trial balances at ' || {{ as_text('balance_date') }} || ' and at '
        || {{ as_text('period_end') }} || ', and the profit and loss between them' as evidence,
        load_id
    from empty_stretches
)

select * from certificates
