{#- What documents post otherwise in a closed period than when it was closed, and what happened to them. Window
    functions and no join: PostgreSQL expects 200 rows of each step, and would go through all rows for each. -#}
with postings as (
    select * from {{ ref('int_closed_and_current_postings') }}
),

parts as (
    select
        company_id,
        kind,
        closed_through,
        closed_at,
        source_type,
        source_id,
        nominal_code,
        cast(coalesce(sum(amount_when_closed), 0) as {{ money() }}) as amount_when_closed,
        cast(coalesce(sum(amount_now), 0) as {{ money() }}) as amount_now,
        max(date_when_closed) as date_when_closed,
        max(date_now) as date_now,
        max(document_number) as document_number,
        max(contact_name) as contact_name,
        max(settled_invoice_id) as settled_invoice_id
    from postings
    group by company_id, kind, closed_through, closed_at, source_type, source_id, nominal_code
),

documents as (
    select
        company_id,
        kind,
        closed_through,
        closed_at,
        source_type,
        source_id,
        nominal_code,
        amount_when_closed,
        amount_now,
        max(date_when_closed) over document as date_when_closed,
        max(date_now) over document as date_now,
        max(document_number) over document as number_when_closed,
        max(contact_name) over document as contact_when_closed,
        max(settled_invoice_id) over document as settled_invoice_id
    from parts
    window document as (partition by company_id, kind, source_type, source_id)
),

judged as (
    select
        *,
        source_type || 's' as resource,
        coalesce(date_now, date_when_closed) as document_date,
        case
            when date_when_closed is null then 'added'
            when date_now is null then 'deleted'
            when date_when_closed <> date_now then 'moved'
            else 'changed'
        end as change
    from documents
),

-- what moved within the period changes no balance, but may have changed a year's profit
changed as (
    select * from judged
    where amount_when_closed <> amount_now or (change = 'moved' and amount_now <> 0)
)

select * from changed
