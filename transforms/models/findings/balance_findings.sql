{#- What is wrong with balances and with what is made of them, as of the last time something changed before them. -#}
-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    incremental_predicates=["{{ since_touched(this ~ '.company_id', 'judged_on') }}"]
) }}
{%- set of_a_day = [
    'statements', 'earnings', 'aged_debts', 'bank_balances', 'cash_flow', 'sales_and_expenses',
] %}
{%- set of_all_books = ['comparatives', 'duplicates', 'odd_dates'] %}

with findings as (
    {%- for topic in of_a_day + of_all_books %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        {{ 'judged_on' if topic in of_a_day else latest_date() ~ ' as judged_on' }},
        {{ finding_columns() }}
    from {{ ref('int_findings_of_' ~ topic) }}
    {%- endfor %}
)

select * from findings
{%- if is_incremental() %}
where {{ since_touched('findings.company_id', 'findings.judged_on') }}
{%- endif %}
