{#- The documents on the control accounts: what is posted, what is open, and what AccBooks says is paid. -#}
-- depends_on: {{ ref('touched_companies') }}
{{ config(materialized='ephemeral') }}

with companies as (
    select * from {{ ref('stg_company') }}
),

postings as (
    select * from {{ ref('ledger_postings') }}
    where
        nominal_code in ('{{ var("trade_debtors") }}', '{{ var("trade_creditors") }}')
        and document_id is not null
        and {{ of_touched_companies_for('allocations', 'company_id') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
    where amount_due is not null or amount_paid is not null
),

balances as (
    select
        company_id,
        nominal_code,
        document_id,
        sum(case when source_type = 'invoice' then coalesce(amount_in_currency, 0) else 0 end) as posted,
        sum(coalesce(amount_in_currency, 0)) as outstanding,
        max(case when source_type = 'transaction' then posting_date end) as last_paid_on
    from postings
    group by company_id, nominal_code, document_id
    -- a draft or void document posts nothing, whatever was paid of it
    having sum(case when source_type = 'invoice' then 1 else 0 end) > 0
),

described as (
    select
        balances.company_id,
        balances.nominal_code,
        balances.document_id,
        coalesce(invoices.customer_id, invoices.supplier_id) as contact_id,
        coalesce(invoices.currency, companies.base_currency) as currency,
        {{ effective_rate('invoices.exchange_rate', 'invoices.currency', 'companies.base_currency') }} as rate,
        invoices.invoice_date as document_date,
        case when invoices.invoice_type in ('sales', 'purchase_credit') then 1 else -1 end as direction,
        balances.posted,
        balances.outstanding,
        balances.last_paid_on,
        invoices.gross_total,
        invoices.amount_due,
        invoices.amount_paid
    from balances
    inner join invoices
        on
            balances.company_id = invoices.company_id
            and balances.document_id = invoices.invoice_id
            and balances.nominal_code = case
                when invoices.invoice_type in ('sales', 'sales_credit') then '{{ var("trade_debtors") }}'
                else '{{ var("trade_creditors") }}'
            end
    left join companies on balances.company_id = companies.company_id
)

select * from described
