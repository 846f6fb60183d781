{#- The postings on the control accounts, and what AccBooks allocated. -#}
{{ config(materialized='ephemeral') }}

with allocations as (
    select * from {{ ref('changed_allocations') }}
),

ledger_postings as (
    select * from {{ ref('ledger_postings') }}
    where nominal_code in ('{{ var("trade_debtors") }}', '{{ var("trade_creditors") }}')
),

postings as (
    select
        company_id,
        nominal_code,
        case when document_id is null then 'unallocated' else 'document' end as kind,
        document_id,
        case when document_id is null then contact_id end as contact_id,
        posting_date,
        coalesce(amount, 0) as amount,
        coalesce(case when document_id is null then amount else amount_in_currency end, 0) as amount_in_currency
    from ledger_postings
    union all
    select
        company_id,
        nominal_code,
        kind,
        document_id,
        contact_id,
        posting_date,
        amount,
        amount_in_currency
    from allocations
    where is_current
)

select * from postings
