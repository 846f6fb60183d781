{#- What is open of each document after each month in which it moved. -#}
{{ config(materialized='ephemeral') }}

with postings as (
    select * from {{ ref('int_control_account_postings') }}
),

first_months as (
    select * from {{ ref('int_first_changed_months') }}
),

control_postings as (
    select
        company_id,
        postings.nominal_code,
        postings.kind,
        postings.document_id,
        postings.contact_id,
        greatest({{ first_day_of_month('postings.posting_date') }}, first_months.first_month) as month_start,
        postings.amount,
        postings.amount_in_currency
    from postings
    inner join first_months using (company_id)
),

movements as (
    select
        control_postings.company_id,
        control_postings.nominal_code,
        control_postings.kind,
        control_postings.document_id,
        control_postings.contact_id,
        control_postings.month_start,
        sum(control_postings.amount) as amount,
        sum(control_postings.amount_in_currency) as amount_in_currency
    from control_postings
    group by
        control_postings.company_id,
        control_postings.nominal_code,
        control_postings.kind,
        control_postings.document_id,
        control_postings.contact_id,
        control_postings.month_start
    -- what moves nothing ends no stretch: most documents were settled before the first month
    having sum(control_postings.amount) <> 0 or sum(control_postings.amount_in_currency) <> 0
),

balances as (
    select
        company_id,
        nominal_code,
        kind,
        document_id,
        contact_id,
        month_start,
        sum(amount) over (
            partition by company_id, nominal_code, kind, document_id, contact_id
            order by month_start
            rows between unbounded preceding and current row
        ) as outstanding,
        sum(amount_in_currency) over (
            partition by company_id, nominal_code, kind, document_id, contact_id
            order by month_start
            rows between unbounded preceding and current row
        ) as outstanding_in_currency,
        max(month_start) over (
            partition by company_id, nominal_code, kind, document_id, contact_id
            order by month_start
            rows between 1 following and 1 following
        ) as next_month
    from movements
)

select * from balances
