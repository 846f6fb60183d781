with sync_windows as (
    select * from {{ ref('stg_sync_windows') }}
),

fetches as (
    select
        company_id,
        resource as report,
        window_start as period_start,
        window_end as period_end,
        outcome,
        fetched_at,
        content_hash,
        fault,
        row_number() over (
            partition by company_id, resource, window_start, window_end
            -- of two at one moment the one to doubt
            order by fetched_at desc, case when outcome = 'inconsistent' then 0 else 1 end
        ) as recency
    from sync_windows
    where
        resource in ('trial_balance', 'balance_sheet', 'profit_loss')
        and outcome in ('complete', 'inconsistent')
),

latest as (
    select
        company_id,
        report,
        period_start,
        period_end,
        outcome,
        fetched_at,
        content_hash,
        fault
    from fetches
    where recency = 1
)

select * from latest
