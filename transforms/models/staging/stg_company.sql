with raw_company as (
    select * from {{ source('accbooks_raw', 'company') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        name as company_name,
        company_number,
        vat_number,
        vat_scheme,
        base_currency,
        financial_year_end,
        books_start_date,
        plan,
        created_at,
        updated_at,
        extra
    from raw_company
)

select * from renamed
