with raw_journals as (
    select * from {{ source('accbooks_raw', 'journals') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        {{ as_text('id') }} as journal_id,
        date as journal_date,
        type as journal_type,
        reference,
        description,
        created_at,
        updated_at,
        extra,
        row_hash,
        _dlt_load_id as load_id
    from raw_journals
)

select * from renamed
