{#- What is allocated and finds no counterpart. -#}
{{ config(materialized='ephemeral') }}

with documents as (
    select * from {{ ref('int_allocated_documents') }}
),

matched as (
    select * from {{ ref('int_matched_documents') }}
),

matched_of_documents as (
    select
        company_id,
        document_id,
        sum(amount_in_currency) as amount
    from matched
    group by company_id, document_id
),

-- an overpayment that nothing was allocated from stays on its document
leftovers as (
    select
        documents.company_id,
        documents.nominal_code,
        documents.document_id,
        documents.contact_id,
        documents.document_date as posting_date,
        documents.amount + coalesce(matched_of_documents.amount, 0) as amount,
        {{ base_amount('documents.amount + coalesce(matched_of_documents.amount, 0)', 'documents.rate') }}
            as base_amount
    from documents
    left join matched_of_documents
        on
            documents.company_id = matched_of_documents.company_id
            and documents.document_id = matched_of_documents.document_id
    where not documents.is_overpaid and documents.amount + coalesce(matched_of_documents.amount, 0) <> 0
)

select * from leftovers
