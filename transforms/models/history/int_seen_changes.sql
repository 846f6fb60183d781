{#- The documents that changed, and the read that showed it. -#}
{{ config(materialized='ephemeral') }}

with pairs as (
    select * from {{ ref('int_document_changes') }}
),

reads as (
    select * from {{ ref('stg_sync_windows') }}
    where resource in ('transactions', 'invoices', 'journals') and outcome = 'complete'
),

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
)

select * from seen
