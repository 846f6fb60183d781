with sync_windows as (
    select * from {{ ref('stg_sync_windows') }}
),

warehouse_lines as (
    select * from {{ ref('int_warehouse_report_lines') }}
),

permissions as (
    select * from {{ ref('int_resource_permissions') }}
),

fetches as (
    select
        company_id,
        resource as report,
        window_start as period_start,
        window_end as period_end,
        outcome,
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

periods as (
    select
        company_id,
        report,
        period_start,
        period_end,
        outcome = 'inconsistent' as is_inconsistent
    from fetches
    where recency = 1
    union all
    -- a report the key may not read is shown beside what we would have compared
    select distinct
        warehouse_lines.company_id,
        warehouse_lines.report,
        warehouse_lines.period_start,
        warehouse_lines.period_end,
        false as is_inconsistent
    from warehouse_lines
    inner join permissions
        on
            warehouse_lines.company_id = permissions.company_id
            and warehouse_lines.report = permissions.resource
    where permissions.is_forbidden
),

distinct_periods as (
    select
        company_id,
        report,
        period_start,
        period_end,
        max(case when is_inconsistent then 1 else 0 end) = 1 as is_inconsistent
    from periods
    group by company_id, report, period_start, period_end
)

select * from distinct_periods
