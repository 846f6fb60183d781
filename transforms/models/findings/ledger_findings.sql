{#- What is wrong with the documents of each month, as of the last time something in the month changed. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    incremental_predicates=["{{ in_touched_months('company_id', 'judged_on') }}"]
) }}
{%- set topics = [
    'unbalanced_documents', 'incomplete_postings', 'missing_invoices', 'invoice_totals', 'transaction_totals',
    'control_accounts', 'documents',
] %}

with findings as (
    {%- for topic in topics %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        judged_on,
        {{ finding_columns() }}
    from {{ ref('int_findings_of_' ~ topic) }}
    {%- endfor %}
)

select * from findings
{%- if is_incremental() %}
where {{ in_touched_months('company_id', 'judged_on') }}
{%- endif %}
