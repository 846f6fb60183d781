{#- Documents set against each other, in base currency at the rate of either. -#}
{{ config(materialized='ephemeral') }}

with pairs as (
    select * from {{ ref('int_document_pairs') }}
),

valued as (
    select
        pairs.*,
        {{ base_amount('pairs.amount', 'pairs.debit_rate') }} as debit_amount,
        {{ base_amount('pairs.amount', 'pairs.credit_rate') }} as credit_amount
    from pairs
)

select * from valued
