{#- What documents add to closed VAT returns otherwise than when they were closed, and what happened to them. Window
    functions and no join, as in int_changed_postings. -#}
{%- set document = 'company_id, closed_through, source_type, source_id' %}
{%- set dates_and_names = 'date_when_closed, date_now, number_when_closed, contact_when_closed' %}
with lines as (
    select * from {{ ref('int_closed_and_current_vat') }}
),

parts as (
    select
        {{ document }},
        period_start,
        period_end,
        box,
        coalesce(sum(amount_now), 0) - coalesce(sum(amount_when_closed), 0) as difference,
        max(date_when_closed) as date_when_closed,
        max(date_now) as date_now,
        max(document_number) as document_number,
        max(contact_name) as contact_name
    from lines
    group by {{ document }}, period_start, period_end, box
),

documents as (
    select
        {{ document }},
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
        {{ document }},
        {{ dates_and_names }},
        min(period_start) as period_start,
        max(period_start) as last_period_start,
        {%- for number in [1, 4, 6, 7] %}
        cast(sum(case when box = {{ number }} then difference else 0 end) as {{ money() }}) as box_{{ number }},
        {%- endfor %}
        max(period_end) as last_period_end,
        sum(case when box = 6 then 1 else 0 end) > 0 as is_turnover
    from documents
    where difference <> 0
    group by {{ document }}, {{ dates_and_names }}
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
