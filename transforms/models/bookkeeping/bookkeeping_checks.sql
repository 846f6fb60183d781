{#- Advice about the books. It is no finding: books may agree with AccBooks to the penny and still be kept badly. A
    view, so that a sync computes nothing of it. -#}
{{ config(tags=['of_settings']) }}
{%- set topics = [
    'invoice_copies', 'payment_copies', 'contacts', 'unallocated_money', 'accounts', 'entries', 'round_sums', 'costs',
] %}
with advice as (
    {%- for topic in topics %}
    select
        company_id,
        check_name,
        subject_type,
        subject,
        amount,
        date,
        message,
        threshold
    from {{ ref('int_checks_of_' ~ topic) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from advice
{%- if checks_switched_off() %}
where check_name not in {{ quoted(checks_switched_off()) }}
{%- endif %}
