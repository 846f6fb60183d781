{#- What happened to documents since they were last seen: compared with what is known of them, and never forgotten. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='append_once',
    partition_by=kept_partitions(['company_id']),
    full_refresh=false,
    on_schema_change='append_new_columns',
    unique_key=['company_id', 'resource', 'record_id', 'seen_at'],
    indexes=kept_indexes([['company_id', 'seen_at']])
) }}
{%- set attributes = [
    'document_date', 'contact_id', 'reference', 'description', 'status', 'currency', 'amount', 'nominal_codes'
] %}
with changes as (
    select * from {{ ref('int_unlogged_changes') }}
),

year_ends as (
    select * from {{ ref('int_year_ends') }}
),

-- beside the year ends of the year in which each change was seen, and of the year before; null where nobody knows them
dated as (
    select
        changes.*,
        coalesce(changes.new_document_date, changes.old_document_date) as document_date,
        coalesce(changes.old_document_date, changes.new_document_date) as former_date,
        {{ year_end_in(year_of('changes.seen_on'), 'year_ends.year_end_month', 'year_ends.year_end_day') }} as year_end,
        {{ year_end_in(year_of('changes.seen_on') ~ ' - 1', 'year_ends.year_end_month', 'year_ends.year_end_day') }}
            as year_end_before
    from changes
    left join year_ends on changes.company_id = year_ends.company_id
),

logged as (
    select
        company_id,
        resource,
        record_id,
        change,
        document_date,
        case when year_end < seen_on then year_end else year_end_before end
        >= least(document_date, former_date) as is_period_closed,
        {%- for attribute in attributes %}
        old_{{ attribute }},
        new_{{ attribute }},
        {%- endfor %}
        version,
        seen_at,
        sync_began_at,
        load_id
    from dated
)

select * from logged
