-- depends_on: {{ ref('touched_months') }}
with invoices as (
    select * from {{ ref('stg_invoices') }}
),

line_items as (
    select * from {{ ref('stg_invoice_line_items') }}
    where {{ not_left_out('company_id') }}
),

companies as (
    select * from {{ ref('stg_company') }}
),

posting_invoices as (
    select
        invoices.company_id,
        invoices.invoice_id,
        invoices.invoice_number,
        invoices.invoice_date,
        coalesce(invoices.customer_id, invoices.supplier_id) as contact_id,
        coalesce(invoices.currency, companies.base_currency) as currency,
        case
            when invoices.invoice_type in ('sales', 'sales_credit') then '{{ var("trade_debtors") }}'
            else '{{ var("trade_creditors") }}'
        end as control_code,
        case
            when invoices.invoice_type in ('sales', 'sales_credit') then '{{ var("vat_on_sales") }}'
            else '{{ var("vat_on_purchases") }}'
        end as vat_code,
        case when invoices.invoice_type in ('sales', 'sales_credit') then 6 else 7 end as net_box,
        -- a purchase credit debits its control account as a sales invoice does
        case when invoices.invoice_type in ('sales', 'purchase_credit') then 1 else -1 end as control_sign,
        {{ effective_rate('invoices.exchange_rate', 'invoices.currency', 'companies.base_currency') }} as rate
    from invoices
    left join companies on invoices.company_id = companies.company_id
    where
        coalesce(invoices.status, '') not in ('draft', 'void')
        and invoices.invoice_type in ('sales', 'purchase', 'sales_credit', 'purchase_credit')
        and {{ in_touched_months_for('ledger_postings', 'invoices.company_id', 'invoices.invoice_date') }}
),

base_lines as (
    select
        posting_invoices.*,
        line_items.line_number,
        line_items.description,
        coalesce(line_items.nominal_code, '{{ var("unknown_nominal") }}') as nominal_code,
        {{ base_amount('line_items.net_amount', 'posting_invoices.rate') }} as net_amount,
        {{ base_amount('coalesce(line_items.vat_amount, 0)', 'posting_invoices.rate') }} as vat_amount,
        cast(line_items.net_amount as {{ money() }}) as net_in_currency,
        cast(coalesce(line_items.vat_amount, 0) as {{ money() }}) as vat_in_currency,
        line_items.vat_rate,
        case
            when posting_invoices.rate is null then 'exchange_rate_missing'
            when line_items.net_amount is null then 'amount_missing'
            when line_items.nominal_code is null then 'nominal_code_missing'
        end as flag
    from posting_invoices
    inner join line_items
        on
            posting_invoices.company_id = line_items.company_id
            and posting_invoices.invoice_id = line_items.invoice_id
)

select * from base_lines
