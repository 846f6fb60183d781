{#- Documents set against each other, in base currency at the rate of either. -#}
{{ config(materialized='ephemeral') }}

with documents as (
    select * from {{ ref('int_allocated_documents') }}
),

-- the stretch of its side that a document takes, when all are laid end to end
sides as (
    select
        company_id,
        nominal_code,
        document_id,
        contact_id,
        currency,
        rate,
        given_from,
        amount > 0 as is_debit,
        abs(amount) as size,
        sum(abs(amount)) over (
            partition by company_id, nominal_code, contact_id, currency, amount > 0
            order by case when is_overpaid then 1 else 0 end, document_date, document_id
            rows between unbounded preceding and current row
        ) as ends_at
    from documents
),

-- the documents that are set against each other, the oldest first
pairs as (
    select
        debits.company_id,
        debits.nominal_code,
        debits.document_id as debit_id,
        debits.rate as debit_rate,
        credits.document_id as credit_id,
        credits.rate as credit_rate,
        greatest(debits.given_from, credits.given_from) as posting_date,
        least(debits.ends_at, credits.ends_at)
        - greatest(debits.ends_at - debits.size, credits.ends_at - credits.size) as amount
    from sides as debits
    inner join sides as credits
        on
            debits.company_id = credits.company_id
            and debits.nominal_code = credits.nominal_code
            and debits.contact_id = credits.contact_id
            and debits.currency = credits.currency
            and debits.ends_at > credits.ends_at - credits.size
            and credits.ends_at > debits.ends_at - debits.size
    where debits.is_debit and not credits.is_debit
),

valued as (
    select
        pairs.*,
        {{ base_amount('pairs.amount', 'pairs.debit_rate') }} as debit_amount,
        {{ base_amount('pairs.amount', 'pairs.credit_rate') }} as credit_amount
    from pairs
)

select * from valued
