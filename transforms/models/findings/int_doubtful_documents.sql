{#- Documents that may be why a report differs: what they say contradicts itself, or they are not in the ledger. A
    payment whose invoice is not found can be wrong on the accounts of settlements alone. -#}
with unknown_types as (
    select * from {{ ref('int_unknown_values') }}
    where check_name = 'unknown_type'
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

transactions as (
    select * from {{ ref('stg_transactions') }}
),

documents as (
    select
        company_id,
        resource,
        record_id,
        period_end as document_date,
        check_name = 'invoice_not_found' as is_of_settlements
    from {{ ref('ledger_findings') }}
    where record_id is not null and check_name <> 'invoice_not_found'
    union all
    select
        unknown_types.company_id,
        unknown_types.resource,
        unknown_types.record_id,
        coalesce(invoices.invoice_date, transactions.transaction_date) as document_date,
        false as is_of_settlements
    from unknown_types
    left join invoices
        on
            unknown_types.company_id = invoices.company_id
            and unknown_types.resource = 'invoices'
            and unknown_types.record_id = invoices.invoice_id
    left join transactions
        on
            unknown_types.company_id = transactions.company_id
            and unknown_types.resource = 'transactions'
            and unknown_types.record_id = transactions.transaction_id
)

select * from documents
