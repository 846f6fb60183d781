with raw_configured_companies as (
    select * from {{ source('accbooks_raw', 'configured_companies') }}
),

renamed as (
    select
        name as configured_name,
        company_id,
        first_seen_at,
        last_seen_at
    from raw_configured_companies
)

select * from renamed
