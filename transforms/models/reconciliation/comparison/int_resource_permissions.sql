with sync_windows as (
    select
        *,
        -- one permission opens all three reports
        case when resource in ('trial_balance', 'balance_sheet', 'profit_loss') then 'reports' else resource end
            as permission
    from {{ ref('stg_sync_windows') }}
),

permissions as (
    select
        company_id,
        permission,
        -- a permission taken away and given back is there again: the latest attempt decides
        coalesce(
            max(case when outcome = 'permission_missing' then fetched_at end) = max(fetched_at), false
        ) as is_forbidden
    from sync_windows
    group by company_id, permission
),

resources as (
    select
        company_id,
        resource,
        permission,
        max(case when outcome = 'complete' then 1 else 0 end) = 1 as has_been_read
    from sync_windows
    group by company_id, resource, permission
),

resource_permissions as (
    select
        resources.company_id,
        resources.resource,
        permissions.is_forbidden,
        resources.has_been_read
    from resources
    inner join permissions
        on
            resources.company_id = permissions.company_id
            and resources.permission = permissions.permission
)

select * from resource_permissions
