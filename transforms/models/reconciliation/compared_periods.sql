{#- Every report compared: with which version of it, and how many lines match, differ, and cannot be compared. -#}
-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    incremental_predicates=["{{ of_touched_companies('company_id') }}"]
) }}

with reconciliation as (
    select * from {{ ref('reconciliation') }}
),

comparability as (
    select * from {{ ref('int_comparability') }}
),

compared as (
    select
        company_id,
        report,
        period_start,
        period_end,
        sum(case when status = 'match' then 1 else 0 end) as matching_lines,
        sum(case when status not in ('match', 'not_comparable') then 1 else 0 end) as differing_lines,
        sum(case when status = 'not_comparable' then 1 else 0 end) as not_comparable_lines
    from reconciliation
    group by company_id, report, period_start, period_end
),

periods as (
    select
        comparability.company_id,
        comparability.report,
        comparability.kind,
        comparability.period_start,
        comparability.period_end,
        comparability.content_hash,
        comparability.fetched_at,
        comparability.cause,
        -- set aside as long as it is out of date
        comparability.is_overtaken and compared.company_id is null as is_overtaken,
        cast(coalesce(compared.matching_lines, 0) as integer) as matching_lines,
        cast(coalesce(compared.differing_lines, 0) as integer) as differing_lines,
        cast(coalesce(compared.not_comparable_lines, 0) as integer) as not_comparable_lines
    from comparability
    left join compared on {{ same_report('comparability', 'compared') }}
    {%- if is_incremental() %}
    where {{ of_touched_companies('comparability.company_id') }}
    {%- endif %}
)

select * from periods
