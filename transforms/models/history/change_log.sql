{#- What happened to documents since they were last seen: compared with what is known of them, and never forgotten. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='append_once',
    full_refresh=false,
    on_schema_change='append_new_columns',
    unique_key=['company_id', 'resource', 'record_id', 'seen_at'],
    indexes=kept_indexes([['company_id', 'seen_at']])
) }}
{%- set known = held_relation('known_documents') %}
{%- set built = held_relation('ledger_inputs') %}
{%- set log = held_relation('change_log') %}
{%- set attributes = [
    'document_date', 'contact_id', 'reference', 'description', 'status', 'currency', 'amount', 'nominal_codes'
] %}

with changed_documents as (
    select * from {{ ref('changed_documents') }}
    where change in ('added', 'changed', 'deleted')
),

documents as (
    select * from {{ ref('int_documents') }}
),

known_documents as (
    select * from {{ known or ref('int_documents') }}
    {%- if not known %}
    where 1 = 0
    {%- endif %}
),

-- what a company's first build finds is no change; one that was built may have had no document
known_companies as (
    select {{ 'distinct ' if not built }}company_id from {{ known or ref('int_documents') }}
    {%- if not known %}
    where 1 = 0
    {%- elif built %}
    union distinct
    select company_id from {{ built }}
    {%- endif %}
),

pairs as (
    select
        changed_documents.company_id,
        changed_documents.resource,
        changed_documents.record_id,
        {%- for attribute in attributes %}
        known_documents.{{ attribute }} as old_{{ attribute }},
        documents.{{ attribute }} as new_{{ attribute }},
        {%- endfor %}
        changed_documents.change,
        changed_documents.version
    from changed_documents
    inner join known_companies on changed_documents.company_id = known_companies.company_id
    left join documents
        on
            changed_documents.company_id = documents.company_id
            and changed_documents.resource = documents.resource
            and changed_documents.record_id = documents.record_id
    left join known_documents
        on
            changed_documents.company_id = known_documents.company_id
            and changed_documents.resource = known_documents.resource
            and changed_documents.record_id = known_documents.record_id
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
        *,
        1 as recency
    from pairs
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
),

year_ends as (
    select * from {{ ref('int_year_ends') }}
),

closings as (
    select
        changes.company_id,
        changes.resource,
        changes.record_id,
        least(
            {{ date_of(year_of('changes.seen_on'), 'year_ends.year_end_month', '1') }} + year_ends.year_end_day - 1,
            {{ dbt.last_day(date_of(year_of('changes.seen_on'), 'year_ends.year_end_month', '1'), 'month') }}
        ) as year_end,
        least(
            {{ date_of(year_of('changes.seen_on') ~ ' - 1', 'year_ends.year_end_month', '1') }}
            + year_ends.year_end_day - 1,
            {{ dbt.last_day(date_of(year_of('changes.seen_on') ~ ' - 1', 'year_ends.year_end_month', '1'), 'month') }}
        ) as year_end_before
    from changes
    inner join year_ends on changes.company_id = year_ends.company_id
),

logged as (
    select
        changes.company_id,
        changes.resource,
        changes.record_id,
        changes.change,
        coalesce(changes.new_document_date, changes.old_document_date) as document_date,
        -- null where nobody knows when the year ends
        case when closings.year_end < changes.seen_on then closings.year_end else closings.year_end_before end
        >= least(
            coalesce(changes.new_document_date, changes.old_document_date),
            coalesce(changes.old_document_date, changes.new_document_date)
        ) as is_period_closed,
        {%- for attribute in attributes %}
        changes.old_{{ attribute }},
        changes.new_{{ attribute }},
        {%- endfor %}
        changes.version,
        changes.seen_at,
        changes.sync_began_at,
        changes.load_id
    from changes
    left join closings
        on
            changes.company_id = closings.company_id
            and changes.resource = closings.resource
            and changes.record_id = closings.record_id
)

select * from logged
