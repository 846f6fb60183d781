{#- The changes that are not in the log yet. -#}
{{ config(materialized='ephemeral', full_refresh=false) }}
{%- set log = held_relation('change_log') %}
with pairs as (
    select * from {{ ref('int_document_changes') }}
),

reads as (
    select * from {{ ref('stg_sync_windows') }}
    where resource in ('transactions', 'invoices', 'journals') and outcome = 'complete'
),

-- the documents that changed, and the read that showed it
seen as (
    select
        pairs.*,
        reads.fetched_at as seen_at,
        reads.sync_began_at,
        reads.load_id,
        row_number() over (
            partition by pairs.company_id, pairs.resource, pairs.record_id
            order by reads.fetched_at desc, reads.load_id desc
        ) as recency,
        count(*) over (partition by pairs.company_id, pairs.resource, pairs.record_id) as times_read
    from pairs
    inner join reads
        on
            pairs.company_id = reads.company_id
            and pairs.resource = reads.resource
            and (
                reads.window_start is null
                or reads.window_start <= coalesce(pairs.new_document_date, pairs.old_document_date)
            )
            and (
                reads.window_end is null
                or reads.window_end >= coalesce(pairs.new_document_date, pairs.old_document_date)
            )
),

last_changes as (
    {%- if log %}
    select
        company_id,
        resource,
        record_id,
        version,
        row_number() over (
            partition by company_id, resource, record_id
            order by seen_at desc
        ) as recency
    from {{ log }}
    {%- else %}
    select
        company_id,
        resource,
        record_id,
        version,
        1 as recency
    from seen
    where 1 = 0
    {%- endif %}
),

changes as (
    select
        seen.*,
        cast(seen.seen_at as date) as seen_on
    from seen
    left join last_changes
        on
            seen.company_id = last_changes.company_id
            and seen.resource = last_changes.resource
            and seen.record_id = last_changes.record_id
            and last_changes.recency = 1
    where
        seen.recency = 1
        -- on a day that was never read before everything is new to us, and nothing is to AccBooks
        and (seen.change <> 'added' or seen.times_read > 1)
        -- a run that was cut off may have logged it, and not have known what it logged
        and (last_changes.record_id is null or last_changes.version is distinct from seen.version)
)

select * from changes
