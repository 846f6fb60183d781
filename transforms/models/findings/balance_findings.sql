{#- What is wrong with balances and with what is made of them, as of the last time something changed before them. -#}
-- depends_on: {{ ref('touched_companies') }}
{{ config(materialized=kept_table(), incremental_strategy='replace_since', meta={'dated_by': 'judged_on'}) }}
{%- set topics = [
    'statements',
    'earnings',
    'aged_debts',
    'bank_balances',
    'cash_flow',
    'cash_flow_years',
    'vat',
    'comparatives',
    'duplicates',
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
where {{ since_touched('findings.company_id', 'findings.judged_on') }}
{%- endif %}
