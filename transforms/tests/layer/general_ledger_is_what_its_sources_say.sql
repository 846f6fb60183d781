with expected as (
    select * from {{ ref('int_postings') }}
),

found as (
    select * from {{ ref('general_ledger') }}
),

{{ layer_differences(
    'general_ledger',
    ['company_id', 'source_type', 'source_id', 'line_number'],
    amounts=['debit', 'credit', 'amount'],
    texts=['posting_id', 'posting_date', 'nominal_code', 'contact_id', 'description', 'flag']
) }}

select * from differences
