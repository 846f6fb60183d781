with raw_bank_accounts as (
    select * from {{ source('accbooks_raw', 'bank_accounts') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        cast(id as bigint) as account_id,
        name as account_name,
        nominal_code,
        currency,
        is_active,
        created_at,
        updated_at,
        extra
    from raw_bank_accounts
)

select * from renamed
