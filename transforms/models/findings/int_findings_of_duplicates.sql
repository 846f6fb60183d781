{#- A record is there once, and a line has its document: what dlt's merge and the reader promise. -#}
{%- set lines = [
    ('invoice_line_items', 'stg_invoice_line_items', 'invoice_id', 'stg_invoices', 'invoice_date'),
    ('journal_lines', 'stg_journal_lines', 'journal_id', 'stg_journals', 'journal_date'),
] %}
-- depends_on: {{ ref('touched_companies') }}
with record_keys as (
    select * from {{ ref('int_duplicate_records') }}
),

-- lines whose invoice or journal is not in the warehouse
orphans as (
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
),

findings as (
    select
        company_id,
        {{ finding(
            'duplicate_record',
            sentence(
                'The warehouse holds {rows} rows of {resource} {id}, so its amounts count more than once. Run `accbooks sync'
                ~ ' --from 1900-01-01`; if it stays, report it.',
                rows='number_of_rows',
                resource='resource',
                id='record_id',
            ),
            resource='resource',
            record_id='record_id',
            expected="'1'",
            found='number_of_rows',
        ) }}
    from record_keys
    union all
    select
        company_id,
        {{ finding(
            'line_without_document',
            sentence(
                'The warehouse holds {rows} of {resource} of {id}, but not the document, so they are in no account. Run'
                ~ ' `accbooks sync --from {date}`.',
                rows='number_of_rows',
                resource='resource',
                id='record_id',
                date='document_date',
            ),
            resource='resource',
            record_id='record_id',
            period_end='document_date',
            found='number_of_rows',
        ) }}
    from orphans
)

select * from findings
