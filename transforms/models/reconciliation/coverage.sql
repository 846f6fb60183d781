-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    incremental_predicates=["{{ of_touched_companies('company_id') }}"]
) }}

with records as (
    select * from {{ ref('int_coverage') }}
),

compared_periods as (
    select * from {{ ref('compared_periods') }}
    where not is_overtaken and cause is null
),

balances as (
    select
        company_id,
        period_end
    from compared_periods
    where report = 'trial_balance'
),

empty_stretches as (
    select
        profits.company_id,
        profits.period_start,
        profits.period_end,
        row_number() over (partition by profits.company_id order by profits.period_start, profits.period_end)
            as stretch_number
    from compared_periods as profits
    inner join balances as beginnings
        on
            profits.company_id = beginnings.company_id
            and profits.period_start - 1 = beginnings.period_end
    inner join balances as ends
        on
            profits.company_id = ends.company_id
            and profits.period_end = ends.period_end
    where profits.kind = 'empty stretch'
),

coverage as (
    select
        company_id,
        resource,
        island_number,
        covered_from,
        covered_to,
        'all records were read' as covered_by
    from records
    union all
    select
        company_id,
        'reports' as resource,
        cast(stretch_number as integer) as island_number,
        period_start as covered_from,
        period_end as covered_to,
        'nothing was posted: compared were the balances at ' || {{ as_text('period_start - 1') }} || ' and at '
        || {{ as_text('period_end') }} || ', and the profit and loss between them' as covered_by
    from empty_stretches
)

select * from coverage
{%- if is_incremental() %}
where {{ of_touched_companies('company_id') }}
{%- endif %}
