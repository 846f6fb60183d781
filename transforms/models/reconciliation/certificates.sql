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
        and compared_periods.cause is null
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

-- nothing was posted in them, and AccBooks says so: the balances of their beginning are those of all of it
empty_stretches as (
    select
        profits.company_id,
        profits.period_start,
        profits.period_end,
        profits.period_start - 1 as balance_date,
        least(profits.fetched_at, least(beginnings.fetched_at, ends.fetched_at)) as fetched_at,
        profits.load_id
    from equal_reports as profits
    inner join balances as beginnings
        on
            profits.company_id = beginnings.company_id
            and profits.period_start - 1 = beginnings.period_end
    inner join balances as ends
        on
            profits.company_id = ends.company_id
            and profits.period_end = ends.period_end
    where profits.kind = 'empty stretch'
),

year_closings as (
    select
        years.company_id,
        years.period_start,
        years.period_end,
        years.fetched_at,
        least({{ dbt.last_day('years.period_end', 'month') }}, last_months.period_end) as closing_date
    from equal_reports as years
    inner join last_months on years.company_id = last_months.company_id
    where years.kind = 'financial year'
),

years as (
    select
        year_closings.company_id,
        year_closings.period_start,
        year_closings.period_end,
        least(year_closings.fetched_at, coalesce(min(empty_stretches.fetched_at), year_closings.fetched_at))
            as fetched_at,
        min(empty_stretches.fetched_at) as stretch_fetched_at,
        coalesce(min(empty_stretches.balance_date), year_closings.closing_date) as balance_date
    from year_closings
    left join empty_stretches
        on
            year_closings.company_id = empty_stretches.company_id
            and year_closings.closing_date >= empty_stretches.period_start
            and year_closings.closing_date < empty_stretches.period_end
    group by
        year_closings.company_id,
        year_closings.period_start,
        year_closings.period_end,
        year_closings.fetched_at,
        year_closings.closing_date
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
