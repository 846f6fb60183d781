with raw_transactions as (
    select * from {{ source('accbooks_raw', 'transactions') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        {{ as_text('id') }} as transaction_id,
        date as transaction_date,
        type as transaction_type,
        cast(account_id as bigint) as account_id,
        cast(transfer_account_id as bigint) as transfer_account_id,
        {{ as_text('contact_id') }} as contact_id,
        {{ as_text('invoice_id') }} as invoice_id,
        description,
        reference,
        currency,
        cast(exchange_rate as decimal(18, 8)) as exchange_rate,
        cast(amount as decimal(18, 2)) as amount,
        cast(net_amount as decimal(18, 2)) as net_amount,
        cast(vat_amount as decimal(18, 2)) as vat_amount,
        vat_rate,
        nominal_code,
        status,
        created_at,
        updated_at,
        extra,
        row_hash,
        _dlt_load_id as load_id
    from raw_transactions
)

select * from renamed
