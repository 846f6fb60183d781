{#- Lines whose invoice or journal is not in the warehouse. -#}
-- depends_on: {{ ref('touched_companies') }}
{%- set lines = [
    ('invoice_line_items', 'stg_invoice_line_items', 'invoice_id', 'stg_invoices', 'invoice_date'),
    ('journal_lines', 'stg_journal_lines', 'journal_id', 'stg_journals', 'journal_date'),
] %}
with orphans as (
    {%- for resource, model, key, parent, date in lines %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        lines.company_id,
        '{{ resource }}' as resource,
        lines.{{ key }} as record_id,
        min(lines.{{ date }}) as document_date,
        count(*) as number_of_rows
    from {{ ref(model) }} as lines
    left join {{ ref(parent) }} as documents
        on
            lines.company_id = documents.company_id
            and lines.{{ key }} = documents.{{ key }}
    where
        documents.{{ key }} is null
        and {{ of_touched_companies_for('balance_findings', 'lines.company_id') }}
    group by lines.company_id, lines.{{ key }}
    {%- endfor %}
)

select * from orphans
