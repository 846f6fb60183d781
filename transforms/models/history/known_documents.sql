{#- Every document as the log of changes last saw it; replaced after the log is written. -#}
-- depends_on: {{ ref('touched_months') }}
-- depends_on: {{ ref('change_log') }}
{{ config(
    materialized=kept_table(),
    incremental_strategy='replace_documents',
    full_refresh=false,
    on_schema_change='append_new_columns',
    meta={'dated_by': 'document_date'},
    indexes=kept_indexes([['company_id', 'document_date']])
) }}

with documents as (
    select * from {{ ref('int_documents') }}
)

select * from documents
{%- if is_incremental() %}
where {{ of_changed_documents('company_id', 'document_date') }}
{%- endif %}
