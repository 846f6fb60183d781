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

unread as (
    select
        contradictions.company_id,
        contradictions.resource,
        contradictions.window_start,
        contradictions.window_end,
        contradictions.fault
    from contradictions
    left join reads
        on
            contradictions.company_id = reads.company_id
            and contradictions.resource = reads.resource
            and contradictions.fetched_at < reads.fetched_at
            and contradictions.first_day <= reads.last_day
            and contradictions.last_day >= reads.first_day
            and reads.outcome = 'complete'
    where contradictions.recency = 1
    group by
        contradictions.company_id,
        contradictions.resource,
        contradictions.window_start,
        contradictions.window_end,
        contradictions.first_day,
        contradictions.last_day,
        contradictions.fault
    -- read whole since, in one window or in several
    having
        not coalesce(
            min(reads.first_day) <= contradictions.first_day and max(reads.last_day) >= contradictions.last_day, false
        )
)

select * from unread
