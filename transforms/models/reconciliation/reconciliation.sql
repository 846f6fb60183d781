-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
    on_schema_change='append_new_columns',
    incremental_predicates=["{{ of_touched_companies('company_id') }}"],
    indexes=kept_indexes([['company_id', 'report', 'period_end']])
) }}

with healing_changes as (
    select * from {{ ref('int_healing_changes') }}
),

explained as (
    select * from {{ ref('int_explained_lines') }}
),

judged as (
    select
        *,
        case
            when obstacle is not null then 'not_comparable'
            when difference = 0 then 'match'
            when api_amount is null then 'missing_in_api'
            when warehouse_amount is null then 'missing_in_warehouse'
            else 'mismatch'
        end as status,
        max(case when obstacle is null and difference <> 0 then 1 else 0 end) over (
            partition by company_id, report, period_start, period_end
        ) as differs_somewhere,
        max(
            case when previous_status in ('mismatch', 'missing_in_api', 'missing_in_warehouse') then 1 else 0 end
        ) over (
            partition by company_id, report, period_start, period_end
        ) as differed_before
    from explained
),

lines as (
    select
        judged.company_id,
        judged.report,
        judged.period_start,
        judged.period_end,
        judged.nominal_code,
        judged.api_amount,
        judged.warehouse_amount,
        judged.difference,
        judged.status,
        case
            when judged.status = 'not_comparable' then judged.obstacle
            when judged.status <> 'match' then judged.suspicion
            when judged.is_as_before then judged.previous_cause
            else healing_changes.cause
        end as cause,
        case
            when judged.status not in ('match', 'not_comparable') and judged.suspicion = 'document_finding'
                then judged.document
            when judged.status <> 'match' then null
            when judged.is_as_before then judged.previous_explanation
            else healing_changes.explanation
        end as explanation,
        current_timestamp as checked_at
    from judged
    left join healing_changes
        on {{ same_line('judged', 'healing_changes') }}
    -- a report that a change has overtaken is set aside until it is fetched again; no change excuses a difference that
    -- was there before it
    where not (judged.is_overtaken and judged.differs_somewhere = 1 and judged.differed_before = 0)
)

select * from lines
{%- if is_incremental() %}
where {{ of_touched_companies('company_id') }}
{%- endif %}
