{#- What ever differed, and what became of it: a line is noted when it differs in another way than before, and when it
    is equal again. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='append_once',
    full_refresh=false,
    on_schema_change='append_new_columns',
    unique_key=['company_id', 'line_key', 'checked_at'],
    indexes=kept_indexes([['company_id', 'checked_at']])
) }}

with compared_periods as (
    select * from {{ ref('compared_periods') }}
),

vanished_lines as (
    select * from {{ ref('int_vanished_lines') }}
),

reconciliation as (
    select * from {{ ref('reconciliation') }}
    where {{ of_this_run('company_id') }}
),

previous_lines as (
    select * from {{ ref('int_previous_lines') }}
    where {{ of_this_run('company_id') }}
),

lines as (
    select
        company_id,
        report,
        period_start,
        period_end,
        nominal_code,
        api_amount,
        warehouse_amount,
        difference,
        status,
        cause,
        explanation,
        checked_at
    from reconciliation
    union all
    select * from vanished_lines
),

noted as (
    select
        lines.company_id,
        lines.report || ' ' || coalesce({{ as_text('lines.period_start') }}, '') || ' '
        || {{ as_text('lines.period_end') }} || ' ' || coalesce(lines.nominal_code, '') as line_key,
        lines.report,
        lines.period_start,
        lines.period_end,
        lines.nominal_code,
        lines.api_amount,
        lines.warehouse_amount,
        lines.difference,
        lines.status,
        lines.cause,
        lines.explanation,
        compared_periods.content_hash,
        compared_periods.fetched_at as report_fetched_at,
        lines.checked_at
    from lines
    inner join compared_periods on {{ same_report('lines', 'compared_periods') }}
    left join previous_lines
        on {{ same_line('lines', 'previous_lines') }}
    where
        (
            lines.status in ('mismatch', 'missing_in_api', 'missing_in_warehouse')
            and (
                previous_lines.status is null
                or previous_lines.status <> lines.status
                or previous_lines.difference <> lines.difference
                or previous_lines.cause <> lines.cause
            )
        )
        or (lines.status = 'match' and previous_lines.status <> 'match')
)

select * from noted
