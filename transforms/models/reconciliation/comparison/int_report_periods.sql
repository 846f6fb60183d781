with periods as (
    select * from {{ ref('int_listed_periods') }}
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
