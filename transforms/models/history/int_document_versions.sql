{#- What tells one state of a document from another: a digest of it with its lines. -#}
-- depends_on: {{ ref('touched_months') }}
with lines_together as (
    select * from {{ ref('int_line_versions') }}
),

transactions as (
    select * from {{ ref('stg_transactions') }}
    where {{ in_touched_months_for('known_documents', 'company_id', 'transaction_date') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
    where {{ in_touched_months_for('known_documents', 'company_id', 'invoice_date') }}
),

journals as (
    select * from {{ ref('stg_journals') }}
    where {{ in_touched_months_for('known_documents', 'company_id', 'journal_date') }}
),

parents as (
    select
        company_id,
        'invoices' as resource,
        invoice_id as record_id,
        invoice_date as document_date,
        row_hash
    from invoices
    union all
    select
        company_id,
        'journals' as resource,
        journal_id as record_id,
        journal_date as document_date,
        row_hash
    from journals
),

versions as (
    select
        company_id,
        'transactions' as resource,
        transaction_id as record_id,
        transaction_date as document_date,
        row_hash as version
    from transactions
    union all
    select
        company_id,
        resource,
        record_id,
        parents.document_date,
        {{ dbt.hash("parents.row_hash || ' ' || coalesce(lines_together.row_hashes, '')") }} as version
    from parents
    left join lines_together using (company_id, resource, record_id)
)

select * from versions
