{#- AccBooks' reports that equal ours, as they were last fetched. -#}
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
)

select * from equal_reports
