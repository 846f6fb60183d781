with raw_rejected_records as (
    select * from {{ source('accbooks_raw', 'rejected_records') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        resource,
        {{ as_text('id') }} as record_id,
        date as record_date,
        reason,
        record,
        {{ adapter.quote('from') }} as window_start,
        {{ adapter.quote('to') }} as window_end,
        fetched_at,
        _dlt_load_id as load_id
    from raw_rejected_records
)

select * from renamed
