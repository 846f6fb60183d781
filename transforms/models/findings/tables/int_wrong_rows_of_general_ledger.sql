with expected as (
    select * from {{ ref('int_postings') }}
),

found as (
    select * from {{ ref('general_ledger') }}
),

{{ table_differences(
    'general_ledger',
    ['company_id', 'source_type', 'source_id', 'line_number', 'nominal_code'],
    amounts=['debit', 'credit', 'amount', 'amount_in_currency'],
    texts=[
        'posting_id', 'posting_date', 'contact_id', 'description', 'document_id', 'bank_account_id', 'currency',
        'vat_rate', 'vat_box', 'flag'
    ]
) }}

select * from differences
