{#- What is proved now, how deeply, and since when. A view, because a report fetched again and found the same renews its
    certificate without anything being built. It reads no table of its own schema: in a file named accbooks.duckdb
    DuckDB could not. -#}
with compared_periods as (
    select * from {{ ref('compared_periods') }}
),

reads as (
    select * from {{ ref('stg_sync_windows') }}
    where resource in ('trial_balance', 'profit_loss') and outcome in ('complete', 'inconsistent')
),

ranked as (
    select
        *,
        row_number() over (
            partition by company_id, resource, window_start, window_end
            order by fetched_at desc, case when outcome = 'inconsistent' then 0 else 1 end
        ) as recency
    from reads
),

equal_reports as (
    select
        compared_periods.company_id,
        compared_periods.report,
        compared_periods.kind,
        compared_periods.period_start,
        compared_periods.period_end,
        ranked.fetched_at,
        ranked.load_id
    from compared_periods
    inner join ranked
        on
            compared_periods.company_id = ranked.company_id
            and compared_periods.report = ranked.resource
            and compared_periods.period_end = ranked.window_end
            and coalesce(compared_periods.period_start, {{ earliest_date() }})
            = coalesce(ranked.window_start, {{ earliest_date() }})
            and coalesce(compared_periods.content_hash, '') = coalesce(ranked.content_hash, '')
    where
        ranked.recency = 1
        and ranked.outcome = 'complete'
        and not compared_periods.is_overtaken
        and compared_periods.differing_lines = 0
        and compared_periods.not_comparable_lines = 0
),

balances as (
    select * from equal_reports
    where report = 'trial_balance'
),

-- a year that is not over has no month of its end: its last balance is that of the books
last_months as (
    select
        company_id,
        max(period_end) as period_end
    from compared_periods
    where report = 'trial_balance'
    group by company_id
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
        balances.company_id,
        'balances' as depth,
        cast(null as date) as period_start,
        balances.period_end,
        balances.fetched_at as certified_at,
        'trial balance at ' || {{ as_text('balances.period_end') }} as evidence,
        balances.load_id
    from balances
    inner join last_balances
        on
            balances.company_id = last_balances.company_id
            and balances.period_end = last_balances.period_end
    union all
    select
        years.company_id,
        'years' as depth,
        years.period_start,
        years.period_end,
        case
            -- a trial balance within the year, or at its end, shows the profit and loss account by account
            when balances.period_end <= years.period_end then balances.fetched_at
            else least(years.fetched_at, balances.fetched_at)
        end as certified_at,
        'profit and loss of the year, trial balance at ' || {{ as_text('balances.period_end') }} as evidence,
        balances.load_id
    from equal_reports as years
    inner join last_months on years.company_id = last_months.company_id
    inner join balances
        on
            years.company_id = balances.company_id
            and least({{ last_day_of_month('years.period_end') }}, last_months.period_end) = balances.period_end
    where years.kind = 'financial year'
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
)

select * from certificates
