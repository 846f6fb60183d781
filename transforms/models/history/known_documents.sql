{#- Every document as the log of changes last saw it; replaced after the log is written. -#}
-- depends_on: {{ ref('touched_months') }}
-- depends_on: {{ ref('change_log') }}
-- depends_on: {{ ref('stg_rejected_records') }}
{{ config(
    materialized=kept_table(),
    incremental_strategy='replace_documents',
    full_refresh=false,
    on_schema_change='append_new_columns',
    meta={'dated_by': 'document_date'},
    indexes=kept_indexes([['company_id', 'document_date']])
) }}

{%- set attributes = [
    'company_id', 'resource', 'record_id', 'document_date', 'contact_id', 'reference', 'description', 'status',
    'currency', 'amount', 'nominal_codes', 'version'
] %}

with current_documents as (
    select * from {{ ref('int_documents') }}
    {%- if is_incremental() %}
    where {{ of_changed_documents('company_id', 'document_date') }}
    {%- endif %}
),

rejected_records as (
    select distinct
        company_id,
        resource,
        record_id
    from {{ ref('stg_rejected_records') }}
),

documents as (
    select
        {%- for attribute in attributes %}
        {{ attribute }},
        {%- endfor %}
        false as is_quarantined
    from current_documents
    {%- if is_incremental() %}
    union all
    -- a record that cannot be read any more is held nowhere else, but it is not gone
    select
        {%- for attribute in attributes %}
        known.{{ attribute }},
        {%- endfor %}
        true as is_quarantined
    from {{ this }} as known
    inner join rejected_records as rejected
        on
            known.company_id = rejected.company_id
            and known.resource = rejected.resource
            and known.record_id = rejected.record_id
    left join current_documents
        on
            known.company_id = current_documents.company_id
            and known.resource = current_documents.resource
            and known.record_id = current_documents.record_id
    where current_documents.record_id is null and {{ of_known_documents('known.company_id', 'known.document_date') }}
    {%- endif %}
)

select * from documents
