{#- Records and lines that are in a raw table more than once. -#}
-- depends_on: {{ ref('touched_companies') }}
{%- set records = [
    ('contacts', 'stg_contacts', 'contact_id'),
    ('bank_accounts', 'stg_bank_accounts', 'account_id'),
    ('transactions', 'stg_transactions', 'transaction_id'),
    ('invoices', 'stg_invoices', 'invoice_id'),
    ('journals', 'stg_journals', 'journal_id'),
] %}
{%- set lines = [
    ('invoice_line_items', 'stg_invoice_line_items', 'invoice_id', 'stg_invoices', 'invoice_date'),
    ('journal_lines', 'stg_journal_lines', 'journal_id', 'stg_journals', 'journal_date'),
] %}
with record_keys as (
    {%- for resource, model, key in records %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        company_id,
        '{{ resource }}' as resource,
        {{ as_text(key) }} as record_id,
        count(*) as number_of_rows
    from {{ ref(model) }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
    group by company_id, {{ key }}
    having count(*) > 1
    {%- endfor %}
    {%- for resource, model, key, parent, date in lines %}
    union all
    select
        company_id,
        '{{ resource }}' as resource,
        {{ as_text(key) }} || ', line ' || {{ as_text('line_number') }} as record_id,
        count(*) as number_of_rows
    from {{ ref(model) }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
    group by company_id, {{ key }}, line_number
    having count(*) > 1
    {%- endfor %}
)

select * from record_keys
