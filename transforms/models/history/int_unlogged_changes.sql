{#- The changes that are not in the log yet. -#}
{{ config(materialized='ephemeral', full_refresh=false) }}
{%- set log = held_relation('change_log') %}
with seen as (
    select * from {{ ref('int_seen_changes') }}
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
