{#- What is wrong with closed periods. The view of all findings reads what the pipeline stored of this: to plan it takes
    longer than all other checks, and most companies have closed nothing. -#}
{%- set topics = ['prior_periods', 'late_vat', 'closed_balances'] %}

with findings as (
    {%- for topic in topics %}
    select
        {{ finding_columns() }}
    from {{ ref('int_findings_of_' ~ topic) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from findings
