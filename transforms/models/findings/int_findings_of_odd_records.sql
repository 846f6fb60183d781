{#- Records with values that AccBooks does not document, or that cannot be read. -#}
with invoices as (
    select * from {{ ref('stg_invoices') }}
),

odd_records as (
    select
        odd_records.*,
        invoices.invoice_number
    from {{ ref('int_odd_records') }} as odd_records
    left join invoices
        on
            odd_records.company_id = invoices.company_id
            and odd_records.record_id = invoices.invoice_id
            and odd_records.resource = 'invoices'
),

findings as (
    select
        company_id,
        {{ finding(
            none,
            record_noun('resource')
            ~ " || ' ' || coalesce(invoice_number || ' (' || record_id || ')', record_id) || what",
            resource='resource',
            record_id='record_id',
            expected='expected',
            found='found',
        ) }}
    from odd_records
)

select * from findings
