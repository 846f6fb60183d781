-- a load that was cut off may have said what was read, and not have brought it
with whole_loads as (
    select distinct load_id from {{ source('accbooks_raw', '_dlt_loads') }}
    where status = 0
),

raw_sync_windows as (
    select sync_windows.* from {{ source('accbooks_raw', 'sync_windows') }} as sync_windows
    inner join whole_loads on sync_windows._dlt_load_id = whole_loads.load_id
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        resource,
        {{ adapter.quote('from') }} as window_start,
        {{ adapter.quote('to') }} as window_end,
        cast(records as bigint) as records,
        cast(pages as bigint) as pages,
        cast(requests as bigint) as requests,
        reason,
        outcome,
        fetched_at,
        content_hash,
        sync_began_at,
        fault,
        _dlt_load_id as load_id
    from raw_sync_windows
)

select * from renamed
