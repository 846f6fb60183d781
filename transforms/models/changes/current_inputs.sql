{#- What this run builds from, written down before it begins: nothing loaded meanwhile is taken for built. -#}
with inputs as (
    select
        company_id,
        input,
        month_start,
        version,
        number_of_rows
    from {{ ref('int_ledger_inputs') }}
    where {{ of_this_run('company_id') }} and {{ not_left_out('company_id') }}
),

companies as (
    select distinct company_id from inputs
),

every_input as (
    select * from inputs
    union all
    -- months are built up to today
    select
        company_id,
        'calendar' as input,
        {{ first_day_of_month(today()) }} as month_start,
        'today' as version,
        1 as number_of_rows
    from companies
    union all
    select
        company_id,
        'project' as input,
        cast(null as date) as month_start,
        '{{ var("project_version", "") }}' as version,
        1 as number_of_rows
    from companies
)

select * from every_input
