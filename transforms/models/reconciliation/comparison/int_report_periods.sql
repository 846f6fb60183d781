with reports as (
    select * from {{ ref('int_reports_to_compare') }}
),

warehouse_lines as (
    select * from {{ ref('int_warehouse_report_lines') }}
),

overtaken_reports as (
    select * from {{ ref('int_overtaken_reports') }}
),

permissions as (
    select * from {{ ref('int_resource_permissions') }}
),

-- the periods of all reports, those of AccBooks and ours
periods as (
    select
        company_id,
        report,
        period_start,
        period_end,
        outcome = 'inconsistent' as is_inconsistent,
        false as is_overtaken,
        fetched_at,
        content_hash
    from reports
    union all
    select
        company_id,
        report,
        period_start,
        period_end,
        false as is_inconsistent,
        true as is_overtaken,
        {{ as_moment('null') }} as fetched_at,
        {{ as_text('null') }} as content_hash
    from overtaken_reports
    union all
    -- a report the key may not read is shown beside what we would have compared
    select
        warehouse_lines.company_id,
        warehouse_lines.report,
        warehouse_lines.period_start,
        warehouse_lines.period_end,
        false as is_inconsistent,
        false as is_overtaken,
        {{ as_moment('null') }} as fetched_at,
        {{ as_text('null') }} as content_hash
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
        max(case when is_inconsistent then 1 else 0 end) = 1 as is_inconsistent,
        max(case when is_overtaken then 1 else 0 end) = 1 as is_overtaken,
        max(fetched_at) as fetched_at,
        max(content_hash) as content_hash
    from periods
    group by company_id, report, period_start, period_end
)

select * from distinct_periods
