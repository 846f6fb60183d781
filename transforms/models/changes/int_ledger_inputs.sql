{#- Everything the models of `accbooks` follow from, counted: which rows of which load each month of each raw table
    holds, and the few values that reach into every month. Whatever is added, changed, moved or deleted, also behind
    the pipeline's back, makes a count another one or a version appear or go. Reads staging alone, so that the
    pipeline can ask it what changed before dbt starts. -#}
{%- set dated = [
    ('transactions', 'transaction_date'),
    ('invoices', 'invoice_date'),
    ('invoice_line_items', 'invoice_date'),
    ('journals', 'journal_date'),
    ('journal_lines', 'journal_date'),
] %}
with conditions as (
    select * from {{ ref('int_settings_of_books') }}
),

documents as (
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
),

report_lines as (
    {%- for report in ['trial_balance', 'balance_sheet', 'profit_and_loss'] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        company_id,
        'report_lines' as input,
        load_id as version
    from {{ ref('stg_' ~ report ~ '_lines') }}
    {%- endfor %}
),

undated as (
    select * from report_lines
    union all
    select * from conditions
),

counted as (
    select
        company_id,
        input,
        cast(null as date) as month_start,
        version,
        count(*) as number_of_rows
    from undated
    group by company_id, input, version
),

inputs as (
    select * from documents
    union all
    select * from counted
)

select * from inputs
