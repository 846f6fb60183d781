{#- Invoices and credit notes with what their figures need: the rate, and the sign of a credit note, which is negative
    wherever analysts read. Whether a document posts is decided as in int_invoice_lines. -#}
with invoices as (
    select * from {{ ref('stg_invoices') }}
),

companies as (
    select * from {{ ref('stg_company') }}
),

described as (
    select
        company_id,
        invoices.invoice_id,
        invoices.invoice_number,
        invoices.invoice_type,
        invoices.status,
        {% if 'invoice' in var('ledger_sources') -%}
        coalesce(
            coalesce(invoices.status, '') not in ('draft', 'void')
            and invoices.invoice_type in ('sales', 'purchase', 'sales_credit', 'purchase_credit'),
            false
        )
        {%- else -%} false {%- endif %} as is_posted,
        invoices.invoice_date,
        invoices.due_date,
        coalesce(invoices.customer_id, invoices.supplier_id) as contact_id,
        invoices.reference,
        coalesce(invoices.currency, companies.base_currency) as currency,
        {{ effective_rate('invoices.exchange_rate', 'invoices.currency', 'companies.base_currency') }}
            as exchange_rate,
        case when invoices.invoice_type in ('sales_credit', 'purchase_credit') then -1 else 1 end as sign,
        -- money in settles a sales invoice, and money out gives it back
        case
            when invoices.invoice_type in ('sales', 'sales_credit') then 1
            when invoices.invoice_type in ('purchase', 'purchase_credit') then -1
        end as settled_by,
        invoices.amount_paid,
        invoices.amount_due,
        invoices.created_at,
        invoices.updated_at
    from invoices
    left join companies using (company_id)
)

select * from described
