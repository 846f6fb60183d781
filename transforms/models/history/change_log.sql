{#- What happened to documents since they were last seen: compared with what is known of them, and never forgotten. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='append_once',
    full_refresh=false,
    on_schema_change='append_new_columns',
    unique_key=['company_id', 'resource', 'record_id', 'seen_at'],
    indexes=kept_indexes([['company_id', 'seen_at']])
) }}
{%- set attributes = [
    'document_date', 'contact_id', 'reference', 'description', 'status', 'currency', 'amount', 'nominal_codes'
] %}
with changes as (
    select * from {{ ref('int_unlogged_changes') }}
),

closings as (
    select * from {{ ref('int_last_year_ends') }}
),

logged as (
    select
        changes.company_id,
        changes.resource,
        changes.record_id,
        changes.change,
        coalesce(changes.new_document_date, changes.old_document_date) as document_date,
        -- null where nobody knows when the year ends
        case when closings.year_end < changes.seen_on then closings.year_end else closings.year_end_before end
        >= least(
            coalesce(changes.new_document_date, changes.old_document_date),
            coalesce(changes.old_document_date, changes.new_document_date)
        ) as is_period_closed,
        {%- for attribute in attributes %}
        changes.old_{{ attribute }},
        changes.new_{{ attribute }},
        {%- endfor %}
        changes.version,
        changes.seen_at,
        changes.sync_began_at,
        changes.load_id
    from changes
    left join closings using (company_id, resource, record_id)
)

select * from logged
