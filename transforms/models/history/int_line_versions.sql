{#- The lines of each document in one text, as AccBooks has them. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(materialized='ephemeral') }}

with invoice_line_items as (
    select * from {{ ref('stg_invoice_line_items') }}
    where {{ in_touched_months_for('known_documents', 'company_id', 'invoice_date') }}
),

journal_lines as (
    select * from {{ ref('stg_journal_lines') }}
    where {{ in_touched_months_for('known_documents', 'company_id', 'journal_date') }}
),

lines as (
    select
        company_id,
        'invoices' as resource,
        invoice_id as record_id,
        line_number,
        row_hash
    from invoice_line_items
    union all
    select
        company_id,
        'journals' as resource,
        journal_id as record_id,
        line_number,
        row_hash
    from journal_lines
),

lines_together as (
    select
        company_id,
        resource,
        record_id,
        {{ dbt.listagg('row_hash', "' '", 'order by line_number') }} as row_hashes
    from lines
    group by company_id, resource, record_id
)

select * from lines_together
