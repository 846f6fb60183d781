with sync_windows as (
    select * from {{ ref('stg_sync_windows') }}
),

permissions as (
    select
        company_id,
        resource,
        -- a permission taken away and given back is there again: the latest attempt decides
        coalesce(
            max(case when outcome = 'permission_missing' then fetched_at end) = max(fetched_at), false
        ) as is_forbidden,
        max(case when outcome = 'complete' then 1 else 0 end) = 1 as has_been_read
    from sync_windows
    group by company_id, resource
)

select * from permissions
