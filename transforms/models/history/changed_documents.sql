{#- The documents that are not, or not as, the log of changes last saw them; what it keeps of others stays as it is. -#}
{{ config(full_refresh=false) }}

with sides as (
    select * from {{ ref('int_compared_documents') }}
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
    left join rejected_records using (company_id, resource, record_id)
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
