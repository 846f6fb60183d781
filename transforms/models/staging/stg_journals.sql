with raw_journals as (
    select * from {{ source('accbooks_raw', 'journals') }}
),

renamed as (
    select
        cast(company_id as varchar) as company_id,
        cast(id as varchar) as journal_id,
        date as journal_date,
        type as journal_type,
        reference,
        description,
        created_at,
        updated_at,
        row_hash,
        _dlt_load_id as load_id
    from raw_journals
)

select * from renamed
