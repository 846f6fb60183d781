-- depends_on: {{ ref('touched_companies') }}
{{ config(materialized=kept_table(), incremental_strategy='replace_companies') }}

with movements as (
    select * from {{ ref('period_movements') }}
    {%- if is_incremental() %}
    where {{ of_touched_companies('company_id') }}
    {%- endif %}
),

bounds as (
    select
        company_id,
        min(month_start) as first_month,
        greatest(max(month_start), {{ first_day_of_month(today()) }}) as last_month
    from movements
    group by company_id
),

month_starts as (
    select
        bounds.company_id,
        {{ add_months('bounds.first_month', number_of('numbers')) }} as month_start
    from bounds
    {{ with_numbers(
        '0',
        '12 * (' ~ year_of('bounds.last_month') ~ ' - ' ~ year_of('bounds.first_month') ~ ') + '
        ~ month_of('bounds.last_month') ~ ' - ' ~ month_of('bounds.first_month'),
        'numbers'
    ) }}
),

months as (
    select
        company_id,
        month_start,
        {{ last_day_of_month('month_start') }} as month_end
    from month_starts
)

select * from months
