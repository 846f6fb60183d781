-- depends_on: {{ ref('touched_companies') }}
{{ config(materialized=kept_table(), incremental_strategy='replace_companies') }}

with coverage as (
    select * from {{ ref('int_coverage') }}
)

select * from coverage
{%- if is_incremental() %}
where {{ of_touched_companies('company_id') }}
{%- endif %}
