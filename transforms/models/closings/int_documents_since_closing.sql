{#- Each document that is or was dated in a closed period, and what happened to it since; `same` is most of them. -#}
with postings as (
    select * from {{ ref('int_closed_and_current_postings') }}
),

documents as (
    select
        company_id,
        kind,
        closed_through,
        closed_at,
        source_type,
        source_id,
        max(date_when_closed) as date_when_closed,
        max(date_now) as date_now,
        max(document_number) as number_when_closed,
        max(contact_name) as contact_when_closed,
        max(settled_invoice_id) as settled_invoice_id
    from postings
    group by company_id, kind, closed_through, closed_at, source_type, source_id
    having max(date_when_closed) <= closed_through or max(date_now) <= closed_through
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
)

select * from judged
