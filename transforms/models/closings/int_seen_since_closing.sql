{#- When a document was first seen changed after a closing. -#}
with judged as (
    select * from {{ ref('int_judged_closings') }}
),

change_log as (
    select * from {{ beside(ref('change_log')) }}
),

seen as (
    select
        company_id,
        judged.kind,
        change_log.resource,
        change_log.record_id,
        min(change_log.seen_at) as first_seen_at
    from change_log
    inner join judged using (company_id)
    where change_log.seen_at > judged.closed_at
    group by company_id, judged.kind, change_log.resource, change_log.record_id
)

select * from seen
