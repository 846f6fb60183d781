{#- Which rows of which load each month of each raw table holds: what `int_ledger_inputs` has of dated records. Apart
    from it, because a sync asks three times which months changed, and to plan the rest takes most of the time. -#}
{%- set dated = [
    ('transactions', 'transaction_date'),
    ('invoices', 'invoice_date'),
    ('invoice_line_items', 'invoice_date'),
    ('journals', 'journal_date'),
    ('journal_lines', 'journal_date'),
] %}
with documents as (
    {%- for input, date in dated %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        company_id,
        '{{ input }}' as input,
        {{ first_day_of_month(date) }} as month_start,
        load_id as version,
        count(*) as number_of_rows
    from {{ ref('stg_' ~ input) }}
    group by company_id, {{ first_day_of_month(date) }}, load_id
    {%- endfor %}
)

select * from documents
