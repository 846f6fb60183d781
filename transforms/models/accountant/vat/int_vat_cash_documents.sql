{#- The invoices and credit notes that count when they are paid, because they are dated under cash accounting. -#}
{{ config(materialized='ephemeral') }}

with settings as (
    select * from {{ ref('int_vat_settings') }}
    where scheme = 'cash'
),

documents as (
    select
        postings.company_id,
        postings.source_id as document_id,
        postings.nominal_code,
        postings.posting_date as document_date,
        -- what is to be paid, in the invoice's currency: a debit is owed to the company
        postings.amount_in_currency as whole,
        settings.scheme_from,
        settings.scheme_until
    from settings
    inner join {{ ref('ledger_postings') }} as postings
        on
            settings.company_id = postings.company_id
            and postings.posting_date between settings.valid_from and settings.valid_to
    where
        postings.source_type = 'invoice'
        and postings.line_number = 1
        and postings.amount_in_currency is not null
)

select * from documents
