{#- The documents that differ from those known, beside them. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(materialized='ephemeral', full_refresh=false) }}
{%- set known = held_relation('known_documents') %}
with versions as (
    select * from {{ ref('int_document_versions') }}
    where {{ of_changed_documents('company_id', 'document_date') }}
),

known_documents as (
    select
        company_id,
        resource,
        record_id,
        version,
        {{ 'is_quarantined' if known else 'false' }} as is_quarantined
    from {{ known or ref('int_document_versions') }}
    where {{ of_known_documents('company_id', 'document_date') if known else '1 = 0' }}
),

sides as (
    select
        coalesce(versions.company_id, known_documents.company_id) as company_id,
        coalesce(versions.resource, known_documents.resource) as resource,
        coalesce(versions.record_id, known_documents.record_id) as record_id,
        versions.version,
        known_documents.version as known_version,
        coalesce(known_documents.is_quarantined, false) as was_quarantined
    from versions
    full outer join known_documents
        on
            versions.company_id = known_documents.company_id
            and versions.resource = known_documents.resource
            and versions.record_id = known_documents.record_id
    where versions.version is distinct from known_documents.version or known_documents.is_quarantined
)

select * from sides
