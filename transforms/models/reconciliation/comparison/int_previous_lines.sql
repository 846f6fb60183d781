{#- What was last noted of every line that ever differed. -#}
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
        cast(null as varchar) as report,
        cast(null as date) as period_start,
        cast(null as date) as period_end,
        cast(null as varchar) as nominal_code,
        cast(null as decimal(18, 2)) as difference,
        cast(null as varchar) as status,
        cast(null as varchar) as cause,
        cast(null as varchar) as explanation,
        cast(null as varchar) as content_hash,
        cast(null as timestamp) as report_fetched_at
    from {{ ref('stg_company') }}
    where 1 = 0
)

{%- endif %}

select * from latest
