with raw_vat_schemes as (
    select * from {{ source('accbooks_raw', 'vat_schemes') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        valid_from,
        scheme,
        periods,
        cast(stagger as integer) as stagger,
        cast(flat_rate_percent as decimal(5, 2)) as flat_rate_percent,
        is_limited_cost,
        registered_from
    from raw_vat_schemes
)

select * from renamed
