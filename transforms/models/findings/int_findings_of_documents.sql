{#- The tables of documents that analysts read move every account as the general ledger does. -#}
-- depends_on: {{ ref('touched_months') }}
{%- set tables = {
    'invoice': ('invoices', 'invoices and invoice_lines'),
    'transaction': ('bank_transactions', 'bank_transactions and payments'),
    'journal': ('journal_lines', 'journal_lines'),
} %}
with moved as (
    select * from {{ ref('int_moved_by_documents') }}
),

postings as (
    select * from {{ ref('ledger_postings') }}
    where {{ in_touched_months_for('ledger_findings', 'company_id', 'posting_date') }}
),

sides as (
    select
        company_id,
        source_type,
        month_start,
        nominal_code,
        0 as expected,
        amount as found
    from moved
    union all
    select
        company_id,
        source_type,
        {{ first_day_of_month('posting_date') }} as month_start,
        nominal_code,
        amount as expected,
        0 as found
    from postings
),

compared as (
    select
        company_id,
        source_type,
        month_start,
        nominal_code,
        coalesce(sum(expected), 0) as expected,
        coalesce(sum(found), 0) as found
    from sides
    group by company_id, source_type, month_start, nominal_code
),

findings as (
    {%- for source_type, (table, tables_named) in tables.items() %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        company_id,
        month_start as judged_on,
        {{ finding(
            'documents_differ',
            sentence(
                'In the month from {month} ' ~ tables_named ~ ' move account {account} by {found}, the ledger by'
                ~ ' {expected}. Run `accbooks transform --full-refresh`; if it stays, report it.',
                month='month_start',
                account='nominal_code',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'" ~ table ~ "'",
            period_start='month_start',
            period_end=dbt.last_day('month_start', 'month'),
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where source_type = '{{ source_type }}' and expected <> found
    {%- endfor %}
)

select * from findings
