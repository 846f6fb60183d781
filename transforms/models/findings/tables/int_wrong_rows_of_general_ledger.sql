with expected as (
    select * from {{ ref('int_postings') }}
),

found as (
    select * from {{ ref('general_ledger') }}
),

{{ table_differences('general_ledger', ledger_key(), amounts=ledger_amounts(), texts=ledger_texts()) }}

select * from differences
