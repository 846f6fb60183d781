{#- The control account of each invoice or credit note, worked out from the document alone. -#}
with companies as (
    select * from {{ ref('stg_company') }}
),

invoices as (
    select
        company_id,
        documents.invoice_id,
        documents.invoice_date,
        documents.status,
        case
            when documents.invoice_type in ('sales', 'sales_credit') then '{{ var("trade_debtors") }}'
            when documents.invoice_type in ('purchase', 'purchase_credit') then '{{ var("trade_creditors") }}'
        end as control_code,
        case when documents.invoice_type in ('sales', 'purchase_credit') then 1 else -1 end as direction,
        {{ effective_rate('documents.exchange_rate', 'documents.currency', 'companies.base_currency') }} as rate
    from {{ ref('stg_invoices') }} as documents
    left join companies using (company_id)
)

select * from invoices
