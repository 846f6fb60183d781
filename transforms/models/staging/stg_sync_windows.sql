with raw_sync_windows as (
    select * from {{ source('accbooks_raw', 'sync_windows') }}
),

-- one that was cut off may have said what was read, and not have brought it
whole_loads as (
    select load_id from {{ source('accbooks_raw', '_dlt_loads') }}
    where status = 0
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        resource,
        {{ column_named('from') }} as window_start,
        {{ column_named('to') }} as window_end,
        cast(records as bigint) as records,
        cast(pages as bigint) as pages,
        cast(requests as bigint) as requests,
        reason,
        outcome,
        fetched_at,
        content_hash,
        sync_began_at,
        _dlt_load_id as load_id
    from raw_sync_windows
    where _dlt_load_id in (select load_id from whole_loads)
)

select * from renamed
