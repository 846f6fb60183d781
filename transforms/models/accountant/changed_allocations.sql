{#- The allocations of this run beside those that aged_items was last built with: one that comes or goes reaches back to
    its own date, however late the change that made it. -#}
-- depends_on: {{ ref('touched_companies') }}
{{ config(materialized='table', schema='accbooks_staging') }}

{%- set held = held_relation('allocations') %}
{%- set columns = 'company_id, nominal_code, kind, document_id, contact_id, posting_date, amount, amount_in_currency' %}

with sides as (
    select
        {{ columns }},
        1 as current_rows,
        0 as held_rows
    from {{ ref('int_allocations') }}
    {%- if held %}
    where {{ of_touched_companies('company_id') }}
    union all
    select
        {{ columns }},
        0 as current_rows,
        1 as held_rows
    from {{ held }}
    where {{ of_touched_companies('company_id') }}
    {%- endif %}
),

compared as (
    select
        {{ columns }},
        sum(current_rows) > 0 as is_current,
        sum(current_rows) <> sum(held_rows) as is_changed
    from sides
    group by {{ columns }}
)

select * from compared
