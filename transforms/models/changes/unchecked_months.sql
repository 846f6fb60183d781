{#- The company-months touched since the data tests last passed: the pipeline removes them when they do. -#}
{{ config(materialized=kept_table(), incremental_strategy='replace_months', meta={'dated_by': 'month_start'}) }}

with touched_months as (
    select * from {{ ref('touched_months') }}
)

select * from touched_months
