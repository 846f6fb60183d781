with documents as (
    select * from {{ ref('int_described_invoices') }}
),

line_items as (
    select * from {{ ref('stg_invoice_line_items') }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

valued as (
    select
        line_items.*,
        documents.invoice_number,
        documents.invoice_type,
        documents.status,
        documents.is_posted,
        documents.contact_id,
        documents.currency,
        documents.exchange_rate,
        documents.sign,
        {{ base_amount('line_items.net_amount', 'documents.exchange_rate') }} as base_net_amount,
        {{ base_amount('coalesce(line_items.vat_amount, 0)', 'documents.exchange_rate') }} as base_vat_amount
    from documents
    inner join line_items
        on
            documents.company_id = line_items.company_id
            and documents.invoice_id = line_items.invoice_id
),

invoice_lines as (
    select
        company_id,
        valued.invoice_id,
        valued.line_number,
        valued.invoice_number,
        valued.invoice_type,
        valued.status,
        valued.is_posted,
        valued.invoice_date,
        contact_id,
        contacts.contact_name,
        valued.description,
        cast(valued.sign * valued.quantity as decimal(18, 6)) as quantity,
        valued.unit_price,
        valued.vat_rate,
        nominal_code,
        nominal_accounts.name as nominal_name,
        nominal_accounts.category,
        valued.currency,
        valued.exchange_rate,
        cast(valued.sign * valued.net_amount as {{ money() }}) as net_amount,
        cast(valued.sign * coalesce(valued.vat_amount, 0) as {{ money() }}) as vat_amount,
        cast(valued.sign * (valued.net_amount + coalesce(valued.vat_amount, 0)) as {{ money() }}) as gross_amount,
        cast(valued.sign * valued.base_net_amount as {{ money() }}) as base_net_amount,
        cast(valued.sign * valued.base_vat_amount as {{ money() }}) as base_vat_amount,
        cast(valued.sign * (valued.base_net_amount + valued.base_vat_amount) as {{ money() }}) as base_gross_amount,
        case
            when valued.is_posted
                then {{ posting_id('invoice', 'company_id', 'valued.invoice_id', '2 * valued.line_number') }}
        end as posting_id
    from valued
    left join contacts using (company_id, contact_id)
    left join nominal_accounts using (company_id, nominal_code)
)

select * from invoice_lines
