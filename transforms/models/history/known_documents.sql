{#- Every document as the log of changes last saw it; replaced after the log is written. -#}
-- depends_on: {{ ref('changed_documents') }}
-- depends_on: {{ ref('change_log') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
    incremental_predicates=[
        "(company_id, resource, record_id) in (select changed.company_id, changed.resource, changed.record_id"
        ~ " from {{ ref('changed_documents') }} as changed)"
    ],
    unique_key=['company_id', 'resource', 'record_id'],
    full_refresh=false,
    on_schema_change='append_new_columns',
    indexes=kept_indexes([['company_id', 'resource', 'record_id'], ['company_id', 'document_date']])
) }}

{%- set attributes = [
    'company_id', 'resource', 'record_id', 'document_date', 'contact_id', 'reference', 'description', 'status',
    'currency', 'amount', 'nominal_codes', 'version'
] %}

with documents as (
    select
        {%- for attribute in attributes %}
        {{ attribute }},
        {%- endfor %}
        false as is_quarantined
    from {{ ref('int_documents') }}
    {%- if is_incremental() %}
    union all
    -- a record that cannot be read any more is held nowhere else, but it is not gone
    select
        {%- for attribute in attributes %}
        known.{{ attribute }},
        {%- endfor %}
        true as is_quarantined
    from {{ this }} as known
    inner join {{ ref('changed_documents') }} as changed_documents
        on
            known.company_id = changed_documents.company_id
            and known.resource = changed_documents.resource
            and known.record_id = changed_documents.record_id
    where changed_documents.change = 'quarantined'
    {%- endif %}
)

select * from documents
