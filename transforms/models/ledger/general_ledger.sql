{{ config(pre_hook="{{ refresh_statistics([
    source('accbooks_raw', 'invoices'),
    source('accbooks_raw', 'invoice_line_items'),
    source('accbooks_raw', 'transactions'),
    source('accbooks_raw', 'journals'),
    source('accbooks_raw', 'journal_lines'),
]) }}") }}

with postings as (
    select * from {{ ref('int_postings') }}
)

select * from postings
