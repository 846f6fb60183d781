{#- What was last noted of every line that ever differed; a full refresh leaves the history, and looks at it. -#}
{{ config(full_refresh=false) }}
{%- set held = held_relation('reconciliation_history') %}
{%- if held %}
with history as (
    select * from {{ held }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by company_id, report, period_start, period_end, nominal_code
            order by checked_at desc
        ) as recency
    from history
),

latest as (
    select
        company_id,
        report,
        period_start,
        period_end,
        nominal_code,
        difference,
        status,
        cause,
        explanation,
        content_hash,
        report_fetched_at
    from ranked
    where recency = 1
)

{%- else %}
with latest as (
    select
        company_id,
        {{ as_text('null') }} as report,
        cast(null as date) as period_start,
        cast(null as date) as period_end,
        {{ as_text('null') }} as nominal_code,
        cast(null as {{ money() }}) as difference,
        {{ as_text('null') }} as status,
        {{ as_text('null') }} as cause,
        {{ as_text('null') }} as explanation,
        {{ as_text('null') }} as content_hash,
        {{ as_moment('null') }} as report_fetched_at
    from {{ ref('stg_company') }}
    where 1 = 0
)

{%- endif %}

select * from latest
