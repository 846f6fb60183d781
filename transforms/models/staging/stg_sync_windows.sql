with raw_sync_windows as (
    select * from {{ source('accbooks_raw', 'sync_windows') }}
),

renamed as (
    select
        cast(company_id as varchar) as company_id,
        resource,
        "from" as window_start,
        "to" as window_end,
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
)

select * from renamed
