{#- Lines that differed and that neither side has any more. -#}
with compared_periods as (
    select * from {{ ref('compared_periods') }}
),

healing_changes as (
    select * from {{ ref('int_healing_changes') }}
),

reconciliation as (
    select * from {{ ref('reconciliation') }}
    where {{ of_this_run('company_id') }}
),

previous_lines as (
    select * from {{ ref('int_previous_lines') }}
    where {{ of_this_run('company_id') }}
),

-- what differed and is on neither side any more is equal, and compared no longer
vanished_lines as (
    select
        previous_lines.company_id,
        previous_lines.report,
        previous_lines.period_start,
        previous_lines.period_end,
        previous_lines.nominal_code,
        cast(null as {{ money() }}) as api_amount,
        cast(null as {{ money() }}) as warehouse_amount,
        cast(0 as {{ money() }}) as difference,
        'match' as status,
        healing_changes.cause,
        healing_changes.explanation,
        current_timestamp as checked_at
    from previous_lines
    inner join compared_periods on {{ same_report('previous_lines', 'compared_periods') }}
    left join reconciliation
        on {{ same_line('previous_lines', 'reconciliation') }}
    left join healing_changes
        on {{ same_line('previous_lines', 'healing_changes') }}
    where
        previous_lines.status <> 'match'
        and reconciliation.company_id is null
        -- a report that is set aside, or of which something cannot be compared, says nothing by being silent
        and not compared_periods.is_overtaken
        and compared_periods.not_comparable_lines = 0
)

select * from vanished_lines
