{#- The first month of each company from which on open documents are computed again: what was open before is taken in as
    of that month. -#}
-- depends_on: {{ ref('touched_companies') }}
-- depends_on: {{ ref('changed_allocations') }}
{{ config(materialized='ephemeral') }}

{%- if builds_part_of('aged_items') and not var('everything', false) %}
with changes as (
    select
        company_id,
        touched_from as first_month
    from {{ ref('touched_companies') }}
    where touched_from is not null
    union all
    select
        company_id,
        {{ first_day_of_month('posting_date') }} as first_month
    from {{ ref('changed_allocations') }}
    where is_changed
),

first_months as (
    select
        company_id,
        min(first_month) as first_month
    from changes
    group by company_id
)

{%- else %}
with first_months as (
    select distinct
        company_id,
        {{ earliest_date() }} as first_month
    from {{ ref('months') }}
    {%- if builds_part_of('aged_items') %}
    where {{ of_this_run('company_id') }}
    {%- endif %}
)
{%- endif %}

select * from first_months
