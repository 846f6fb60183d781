{#- What each document has of those it is set against. -#}
{{ config(materialized='ephemeral') }}

with valued as (
    select * from {{ ref('int_valued_pairs') }}
),

matched as (
    select
        company_id,
        nominal_code,
        debit_id as document_id,
        posting_date,
        -debit_amount as amount,
        -amount as amount_in_currency
    from valued
    union all
    select
        company_id,
        nominal_code,
        credit_id as document_id,
        posting_date,
        credit_amount as amount,
        amount as amount_in_currency
    from valued
)

select * from matched
