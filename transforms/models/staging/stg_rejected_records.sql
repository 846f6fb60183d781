with raw_rejected_records as (
    select * from {{ source('accbooks_raw', 'rejected_records') }}
),

renamed as (
    select
        cast(company_id as varchar) as company_id,
        resource,
        cast(id as varchar) as record_id,
        date as record_date,
        reason,
        record,
        "from" as window_start,
        "to" as window_end,
        fetched_at,
        _dlt_load_id as load_id
    from raw_rejected_records
)

select * from renamed
