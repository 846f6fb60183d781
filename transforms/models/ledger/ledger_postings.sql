-- depends_on: {{ ref('touched_months') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
    on_schema_change='append_new_columns',
    schema='accbooks_staging',
    incremental_predicates=["{{ in_touched_months('company_id', 'posting_date') }}"],
    indexes=kept_indexes([
        ['company_id', 'source_type', 'source_id', 'line_number'],
        ['company_id', 'posting_date'],
        ['company_id', 'nominal_code', 'posting_date'],
    ]),
    pre_hook="{{ refresh_statistics([
        source('accbooks_raw', 'invoices'),
        source('accbooks_raw', 'invoice_line_items'),
        source('accbooks_raw', 'transactions'),
        source('accbooks_raw', 'journals'),
        source('accbooks_raw', 'journal_lines'),
    ]) }}"
) }}

with postings as (
    select * from {{ ref('int_postings') }}
)

select * from postings
{%- if is_incremental() %}
where {{ in_touched_months('company_id', 'posting_date') }}
{%- endif %}
