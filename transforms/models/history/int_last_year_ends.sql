{#- The last year end before each change was seen. -#}
{{ config(materialized='ephemeral') }}

with changes as (
    select * from {{ ref('int_unlogged_changes') }}
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
            {{ dbt.last_day(date_of(year_of('changes.seen_on'), 'year_ends.year_end_month', '1'), 'month') }}
        ) as year_end,
        least(
            {{ date_of(year_of('changes.seen_on') ~ ' - 1', 'year_ends.year_end_month', '1') }}
            + year_ends.year_end_day - 1,
            {{ dbt.last_day(date_of(year_of('changes.seen_on') ~ ' - 1', 'year_ends.year_end_month', '1'), 'month') }}
        ) as year_end_before
    from changes
    inner join year_ends using (company_id)
)

select * from closings
