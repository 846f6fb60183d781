with raw_contacts as (
    select * from {{ source('accbooks_raw', 'contacts') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        {{ as_text('id') }} as contact_id,
        type as contact_type,
        name as contact_name,
        email,
        vat_number,
        country,
        currency,
        cast(payment_terms_days as bigint) as payment_terms_days,
        is_active,
        created_at,
        updated_at,
        extra
    from raw_contacts
)

select * from renamed
