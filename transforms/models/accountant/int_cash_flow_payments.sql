{#- Payments of invoices that moved money. -#}
{{ config(materialized='ephemeral') }}

with accounts as (
    select * from {{ ref('int_cash_flow_accounts') }}
),

payments as (
    select
        general_ledger.company_id,
        general_ledger.source_id,
        general_ledger.posting_date,
        max(general_ledger.document_id) as invoice_id,
        sum(case when general_ledger.document_id is not null then general_ledger.amount else 0 end) as settled
    from {{ beside(ref('general_ledger')) }} as general_ledger
    inner join accounts using (company_id, nominal_code)
    where general_ledger.source_type = 'transaction'
    group by general_ledger.company_id, general_ledger.source_id, general_ledger.posting_date
    having
        max(general_ledger.document_id) is not null
        -- without its bank account a payment moved no money
        and sum(case when accounts.kind = 'bank' then general_ledger.amount else 0 end) <> 0
)

select * from payments
