{#- What ever differed, and what became of it: a line is noted when it differs in another way than before, and when it
    is equal again. -#}
-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized=kept_table(),
    incremental_strategy='add_once',
    full_refresh=false,
    on_schema_change='append_new_columns',
    meta={'logged_by': ['company_id', 'line_key', 'checked_at']},
    indexes=kept_indexes([['company_id', 'checked_at']])
) }}

with reconciliation as (
    select * from {{ ref('reconciliation') }}
    where {{ of_this_run('company_id') }}
),

compared_periods as (
    select * from {{ ref('compared_periods') }}
),

previous_lines as (
    select * from {{ ref('int_previous_lines') }}
),

noted as (
    select
        reconciliation.company_id,
        reconciliation.report || ' ' || coalesce({{ as_text('reconciliation.period_start') }}, '') || ' '
        || {{ as_text('reconciliation.period_end') }} || ' ' || coalesce(reconciliation.nominal_code, '') as line_key,
        reconciliation.report,
        reconciliation.period_start,
        reconciliation.period_end,
        reconciliation.nominal_code,
        reconciliation.api_amount,
        reconciliation.warehouse_amount,
        reconciliation.difference,
        reconciliation.status,
        reconciliation.cause,
        reconciliation.explanation,
        compared_periods.content_hash,
        compared_periods.fetched_at as report_fetched_at,
        reconciliation.checked_at
    from reconciliation
    inner join compared_periods
        on
            reconciliation.company_id = compared_periods.company_id
            and reconciliation.report = compared_periods.report
            and reconciliation.period_end = compared_periods.period_end
            and coalesce(reconciliation.period_start, {{ earliest_date() }})
            = coalesce(compared_periods.period_start, {{ earliest_date() }})
    left join previous_lines
        on {{ same_line('reconciliation', 'previous_lines') }}
    where
        (
            reconciliation.status in ('mismatch', 'missing_in_api', 'missing_in_warehouse')
            and (
                previous_lines.status is null
                or previous_lines.status <> reconciliation.status
                or previous_lines.difference <> reconciliation.difference
                or previous_lines.cause <> reconciliation.cause
            )
        )
        or (reconciliation.status = 'match' and previous_lines.status <> 'match')
)

select * from noted
