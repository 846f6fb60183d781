{{ config(materialized='view', schema='accbooks_staging') }}

with sync_windows as (
    select * from {{ ref('stg_sync_windows') }}
),

windows as (
    select
        company_id,
        resource,
        -- an open end reaches further than any date
        coalesce(window_start, {{ earliest_date() }}) as window_start,
        coalesce(window_end, {{ latest_date() }}) as window_end
    from sync_windows
    where outcome = 'complete' and resource in ('transactions', 'invoices', 'journals')
),

preceded as (
    select
        company_id,
        resource,
        window_start,
        window_end,
        max(window_end) over (
            partition by company_id, resource
            order by window_start, window_end
            rows between unbounded preceding and 1 preceding
        ) as covered_before
    from windows
),

numbered as (
    select
        company_id,
        resource,
        window_start,
        window_end,
        sum(case when window_start <= covered_before + 1 then 0 else 1 end) over (
            partition by company_id, resource
            order by window_start, window_end
            rows between unbounded preceding and current row
        ) as island_number
    from preceded
),

islands as (
    select
        company_id,
        resource,
        cast(island_number as integer) as island_number,
        nullif(min(window_start), {{ earliest_date() }}) as covered_from,
        nullif(max(window_end), {{ latest_date() }}) as covered_to
    from numbered
    group by company_id, resource, island_number
)

select * from islands
