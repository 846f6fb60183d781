{#- What aged_items was built with: written after it, so that a run cut off in between compares again. -#}
-- depends_on: {{ ref('aged_items') }}
-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
    incremental_predicates=["{{ of_touched_companies('company_id') }}"],
    schema='accbooks_staging'
) }}

with changed_allocations as (
    select * from {{ ref('changed_allocations') }}
    where
        is_current
        {%- if is_incremental() %}
        and {{ of_touched_companies('company_id') }}
        {%- endif %}
),

allocations as (
    select
        company_id,
        nominal_code,
        kind,
        document_id,
        contact_id,
        posting_date,
        amount,
        amount_in_currency
    from changed_allocations
)

select * from allocations
