with raw_invoices as (
    select * from {{ source('accbooks_raw', 'invoices') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        {{ as_text('id') }} as invoice_id,
        number as invoice_number,
        type as invoice_type,
        {{ as_text('customer_id') }} as customer_id,
        {{ as_text('supplier_id') }} as supplier_id,
        date as invoice_date,
        due_date,
        status,
        currency,
        cast(exchange_rate as decimal(18, 8)) as exchange_rate,
        reference,
        cast(net_total as decimal(18, 2)) as net_total,
        cast(vat_total as decimal(18, 2)) as vat_total,
        cast(gross_total as decimal(18, 2)) as gross_total,
        cast(amount_paid as decimal(18, 2)) as amount_paid,
        cast(amount_due as decimal(18, 2)) as amount_due,
        created_at,
        updated_at,
        extra,
        row_hash,
        _dlt_load_id as load_id
    from raw_invoices
)

select * from renamed
