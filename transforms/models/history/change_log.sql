{#- What happened to documents since they were last seen: compared with what is known of them, and never forgotten. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(
    materialized=kept_table(),
    incremental_strategy='add_once',
    full_refresh=false,
    on_schema_change='append_new_columns',
    meta={'logged_by': ['company_id', 'resource', 'record_id', 'seen_at']},
    indexes=kept_indexes([['company_id', 'seen_at']])
) }}
{%- set known = held_relation('known_documents') %}
{%- set built = held_relation('ledger_inputs') %}
{%- set log = held_relation('change_log') %}
{%- set attributes = [
    'document_date', 'contact_id', 'reference', 'description', 'status', 'currency', 'amount', 'nominal_codes'
] %}

with documents as (
    select * from {{ ref('int_documents') }}
    where {{ of_changed_documents('company_id', 'document_date') }}
),

known_documents as (
    select * from {{ known or ref('int_documents') }}
    where {{ of_known_documents('company_id', 'document_date') if known else '1 = 0' }}
),

-- what a company's first build finds is no change; one that was built may have had no document
known_companies as (
    select company_id from {{ known or ref('int_documents') }}
    {%- if not known %}
    where 1 = 0
    {%- elif built %}
    union distinct
    select company_id from {{ built }}
    {%- endif %}
),

rejected_records as (
    select * from {{ ref('stg_rejected_records') }}
),

sides as (
    select
        documents.company_id,
        documents.resource,
        documents.record_id,
        {%- for attribute in attributes %}
        documents.{{ attribute }},
        {%- endfor %}
        documents.version,
        1 as is_new
    from documents
    inner join known_companies on documents.company_id = known_companies.company_id
    union all
    select
        known_documents.company_id,
        known_documents.resource,
        known_documents.record_id,
        {%- for attribute in attributes %}
        known_documents.{{ attribute }},
        {%- endfor %}
        known_documents.version,
        0 as is_new
    from known_documents
    left join rejected_records
        on
            known_documents.company_id = rejected_records.company_id
            and known_documents.resource = rejected_records.resource
            and known_documents.record_id = rejected_records.record_id
    -- AccBooks has it still: what became of it is told when it can be read
    where rejected_records.record_id is null
),

pairs as (
    select
        sides.company_id,
        sides.resource,
        sides.record_id,
        {%- for attribute in attributes %}
        {%- if attribute == 'amount' %}
        cast(max(case when sides.is_new = 0 then sides.amount end) as decimal(18, 2)) as old_amount,
        cast(max(case when sides.is_new = 1 then sides.amount end) as decimal(18, 2)) as new_amount,
        {%- else %}
        max(case when sides.is_new = 0 then sides.{{ attribute }} end) as old_{{ attribute }},
        max(case when sides.is_new = 1 then sides.{{ attribute }} end) as new_{{ attribute }},
        {%- endif %}
        {%- endfor %}
        case
            when min(sides.is_new) = 1 then 'added'
            when max(sides.is_new) = 0 then 'deleted'
            else 'changed'
        end as change,
        max(case when sides.is_new = 1 then sides.version end) as version
    from sides
    group by sides.company_id, sides.resource, sides.record_id
    having count(*) = 1 or min(sides.version) <> max(sides.version)
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
        and (last_changes.record_id is null or {{ differs('last_changes.version', 'seen.version') }})
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
            {{ last_day_of_month(date_of(year_of('changes.seen_on'), 'year_ends.year_end_month', '1')) }}
        ) as year_end,
        least(
            {{ date_of(year_of('changes.seen_on') ~ ' - 1', 'year_ends.year_end_month', '1') }}
            + year_ends.year_end_day - 1,
            {{ last_day_of_month(date_of(year_of('changes.seen_on') ~ ' - 1', 'year_ends.year_end_month', '1')) }}
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
