{#- The company-months touched since the data tests last passed: the pipeline removes them when they do. -#}
{{ config(materialized='incremental', incremental_strategy='append') }}

with touched_months as (
    select * from {{ ref('touched_months') }}
)

select
    touched_months.company_id,
    touched_months.month_start,
    touched_months.month_end
from touched_months
{%- if is_incremental() %}
left join {{ this }} as unchecked
    on
        touched_months.company_id = unchecked.company_id
        and touched_months.month_start = unchecked.month_start
where unchecked.company_id is null
{%- endif %}
