with raw_invoice_line_items as (
    select * from {{ source('accbooks_raw', 'invoice_line_items') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        {{ as_text('invoice_id') }} as invoice_id,
        cast(line_number as integer) as line_number,
        date as invoice_date,
        description,
        cast(quantity as decimal(18, 6)) as quantity,
        cast(unit_price as decimal(24, 8)) as unit_price,
        vat_rate,
        nominal_code,
        cast(net_amount as decimal(18, 2)) as net_amount,
        cast(vat_amount as decimal(18, 2)) as vat_amount,
        extra,
        row_hash,
        _dlt_load_id as load_id
    from raw_invoice_line_items
)

select * from renamed
