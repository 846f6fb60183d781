{#- The months from one movement of a document to the next. -#}
{{ config(materialized='ephemeral') }}

with balances as (
    select * from {{ ref('int_document_balances') }}
),

last_months as (
    select
        company_id,
        max(month_start) as last_month
    from {{ ref('months') }}
    group by company_id
),

stretches as (
    select
        company_id,
        balances.nominal_code,
        case
            when balances.kind = 'document' and balances.outstanding_in_currency = 0 then 'rounding'
            else balances.kind
        end as kind,
        case when balances.outstanding_in_currency <> 0 then balances.document_id end as document_id,
        balances.contact_id,
        balances.month_start,
        case
            when balances.next_month is null then last_months.last_month
            else {{ add_months('balances.next_month', '-1') }}
        end as last_month,
        balances.outstanding as amount,
        balances.outstanding_in_currency as amount_in_currency
    from balances
    inner join last_months using (company_id)
    where balances.outstanding <> 0 or balances.outstanding_in_currency <> 0
)

select * from stretches
