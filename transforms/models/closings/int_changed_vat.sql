{#- What documents add to closed VAT returns otherwise than when they were closed, and what happened to them. Window
    functions and no join, as in int_changed_postings. -#}
with lines as (
    select * from {{ ref('int_closed_and_current_vat') }}
),

parts as (
    select
        company_id,
        closed_through,
        source_type,
        source_id,
        period_start,
        period_end,
        box,
        coalesce(sum(amount_now), 0) - coalesce(sum(amount_when_closed), 0) as difference,
        max(date_when_closed) as date_when_closed,
        max(date_now) as date_now,
        max(document_number) as document_number,
        max(contact_name) as contact_name
    from lines
    group by company_id, closed_through, source_type, source_id, period_start, period_end, box
),

documents as (
    select
        company_id,
        closed_through,
        source_type,
        source_id,
        period_start,
        period_end,
        box,
        difference,
        max(date_when_closed) over document as date_when_closed,
        max(date_now) over document as date_now,
        max(document_number) over document as number_when_closed,
        max(contact_name) over document as contact_when_closed
    from parts
    window document as (partition by company_id, source_type, source_id)
),

changed as (
    select
        company_id,
        closed_through,
        source_type,
        source_id,
        date_when_closed,
        date_now,
        number_when_closed,
        contact_when_closed,
        min(period_start) as period_start,
        {%- for number in [1, 4, 6, 7] %}
        cast(sum(case when box = {{ number }} then difference else 0 end) as {{ money() }}) as box_{{ number }},
        {%- endfor %}
        max(period_end) as last_period_end
    from documents
    where difference <> 0
    group by
        company_id,
        closed_through,
        source_type,
        source_id,
        date_when_closed,
        date_now,
        number_when_closed,
        contact_when_closed
),

judged as (
    select
        *,
        source_type || 's' as resource,
        coalesce(date_now, date_when_closed, last_period_end) as document_date,
        case
            when source_type = 'flat rate' then 'changed'
            when date_when_closed is null then 'added'
            when date_now is null then 'deleted'
            when date_when_closed <> date_now then 'moved'
            else 'changed'
        end as change
    from changed
)

select * from judged
