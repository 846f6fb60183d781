{#- Windows whose pages never agreed, and that were not read since. -#}
with reads as (
    select
        company_id,
        resource,
        window_start,
        window_end,
        coalesce(window_start, {{ earliest_date() }}) as first_day,
        coalesce(window_end, {{ latest_date() }}) as last_day,
        outcome,
        fetched_at,
        fault
    from {{ ref('stg_sync_windows') }}
    where resource not in ('trial_balance', 'balance_sheet', 'profit_loss')
),

contradictions as (
    select
        reads.*,
        row_number() over (
            partition by reads.company_id, reads.resource, reads.first_day, reads.last_day
            order by reads.fetched_at desc, reads.fault asc
        ) as recency
    from reads
    where reads.outcome = 'never_agreed'
),

latest_contradictions as (
    select * from contradictions
    where recency = 1
),

-- how far the days were read by earlier windows, before each that was read since
later_reads as (
    select
        latest_contradictions.company_id,
        latest_contradictions.resource,
        latest_contradictions.window_start,
        latest_contradictions.window_end,
        latest_contradictions.fault,
        latest_contradictions.first_day,
        latest_contradictions.last_day,
        reads.first_day as read_from,
        reads.last_day as read_to,
        max(reads.last_day) over (
            partition by
                latest_contradictions.company_id,
                latest_contradictions.resource,
                latest_contradictions.first_day,
                latest_contradictions.last_day
            order by reads.first_day, reads.last_day
            rows between unbounded preceding and 1 preceding
        ) as read_before
    from latest_contradictions
    left join reads
        on
            latest_contradictions.company_id = reads.company_id
            and latest_contradictions.resource = reads.resource
            and latest_contradictions.fetched_at < reads.fetched_at
            and latest_contradictions.first_day <= reads.last_day
            and latest_contradictions.last_day >= reads.first_day
            and reads.outcome = 'complete'
),

-- read whole since, in one window or in several, is what these cover without a gap
unread as (
    select
        company_id,
        resource,
        window_start,
        window_end,
        fault
    from later_reads
    group by
        company_id,
        resource,
        window_start,
        window_end,
        fault,
        first_day,
        last_day
    having
        not coalesce(min(read_from) <= first_day and max(read_to) >= last_day, false)
        or max(case when {{ days_after('read_from', 'read_before') }} > 1 then 1 else 0 end) = 1
)

select * from unread
