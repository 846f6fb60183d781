{#- The documents that are not, or not as, the log of changes last saw them; what it keeps of others stays as it is. -#}
{{ config(full_refresh=false) }}

{%- set known = held_relation('known_documents') %}
-- depends_on: {{ ref('touched_months') }}
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

-- the documents that differ from those known, beside them
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
),

rejected_records as (
    select distinct
        company_id,
        resource,
        record_id
    from {{ ref('stg_rejected_records') }}
),

changes as (
    select
        sides.company_id,
        sides.resource,
        sides.record_id,
        sides.version,
        case
            when sides.known_version is null then 'added'
            when sides.version <> sides.known_version then 'changed'
            when sides.version is not null then 'readable_again'
            -- AccBooks has it still: what became of it is told when it can be read
            when rejected_records.record_id is not null then 'quarantined'
            else 'deleted'
        end as change,
        sides.was_quarantined
    from sides
    left join rejected_records
        on
            sides.company_id = rejected_records.company_id
            and sides.resource = rejected_records.resource
            and sides.record_id = rejected_records.record_id
),

changed_documents as (
    select
        company_id,
        resource,
        record_id,
        version,
        change
    from changes
    where change <> 'quarantined' or not was_quarantined
)

select * from changed_documents
