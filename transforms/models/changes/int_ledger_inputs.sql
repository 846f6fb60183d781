{#- Everything the models of `accbooks` follow from, counted: which rows of which load each month of each raw table
    holds, and the few values that reach into every month. Whatever is added, changed, moved or deleted, also behind
    the pipeline's back, makes a count another one or a version appear or go. Reads staging alone, so that the
    pipeline can ask it what changed before dbt starts. -#}
with conditions as (
    select * from {{ ref('int_settings_of_books') }}
),

report_lines as (
    {%- for report in ['trial_balance', 'balance_sheet', 'profit_and_loss'] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        company_id,
        'report_lines' as input,
        load_id as version
    from {{ ref('stg_' ~ report ~ '_lines') }}
    {%- endfor %}
),

undated as (
    select * from report_lines
    union all
    select * from conditions
),

counted as (
    select
        company_id,
        input,
        cast(null as date) as month_start,
        version,
        count(*) as number_of_rows
    from undated
    group by company_id, input, version
),

inputs as (
    select * from {{ ref('int_dated_inputs') }}
    union all
    select * from counted
)

select * from inputs
