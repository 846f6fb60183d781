-- Debits equal credits in every document; one that posts a null is not equal either.
with general_ledger as (
    select * from {{ ref('general_ledger') }}
    where {{ in_unchecked_months('company_id', 'posting_date') }}
),

documents as (
    select
        company_id,
        source_type,
        source_id,
        sum(debit) as debit,
        sum(credit) as credit
    from general_ledger
    group by company_id, source_type, source_id
)

select * from documents
where {{ differs('debit', 'credit') }}
