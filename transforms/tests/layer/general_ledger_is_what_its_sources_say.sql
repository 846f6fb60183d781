with expected as (
    select * from {{ ref('int_postings') }}
),

found as (
    select * from {{ ref('general_ledger') }}
),

{{ layer_differences(
    'general_ledger',
    ['company_id', 'source_type', 'source_id', 'line_number', 'nominal_code'],
    amounts=['debit', 'credit', 'amount'],
    texts=['posting_id', 'posting_date', 'contact_id', 'description', 'flag']
) }}

select * from differences
