{#- What differs between what the models were last built from and what they are built from now. -#}
{%- set held = held_relation('ledger_inputs') %}
with sides as (
    select
        company_id,
        input,
        month_start,
        version,
        number_of_rows as current_rows,
        0 as held_rows
    from {{ ref('current_inputs') }}
    {%- if held %}
    union all
    select
        company_id,
        input,
        month_start,
        version,
        0 as current_rows,
        number_of_rows as held_rows
    from {{ held }}
    where {{ of_this_run('company_id') }}
    {%- endif %}
),

compared as (
    select
        company_id,
        input,
        month_start,
        version,
        sum(current_rows) as current_rows,
        sum(held_rows) as held_rows
    from sides
    group by company_id, input, month_start, version
),

judged as (
    select
        company_id,
        input,
        month_start,
        version,
        current_rows,
        held_rows,
        sum(held_rows) over (partition by company_id, input, version) = 0 as is_new_version
    from compared
),

changed as (
    select
        company_id,
        input,
        month_start,
        version,
        is_new_version
    from judged
    {%- if not var('everything', false) %}
    where current_rows <> held_rows or (input = 'project' and {{ recompared('company_id') }})
    {%- endif %}
)

select * from changed
