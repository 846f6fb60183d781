with expected as (
    select * from {{ ref('int_postings') }}
),

found as (
    select * from {{ ref('ledger_postings') }}
),

{{ table_differences('ledger_postings', ledger_key(), amounts=ledger_amounts(), texts=ledger_texts()) }}

select * from differences
