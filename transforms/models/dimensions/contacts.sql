with stg_contacts as (
    select * from {{ ref('stg_contacts') }}
),

contacts as (
    select
        company_id,
        contact_id,
        contact_name as name,
        contact_type as type,
        email,
        vat_number,
        country,
        currency,
        cast(payment_terms_days as bigint) as payment_terms_days,
        is_active
    from stg_contacts
)

select * from contacts
