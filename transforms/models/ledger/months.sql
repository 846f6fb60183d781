-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    on_schema_change='append_new_columns',
    incremental_predicates=["{{ of_touched_companies('company_id') }}"]
) }}

with movements as (
    select * from {{ ref('period_movements') }}
    {%- if is_incremental() %}
    where {{ of_touched_companies('company_id') }}
    {%- endif %}
),

posting_months as (
    select distinct
        company_id,
        month_start
    from movements
    where {{ posts_an_amount('debit', 'credit') }}
),

marked_months as (
    select
        company_id,
        month_start,
        1 as has_postings
    from posting_months
    union all
    select distinct
        company_id,
        {{ first_day_of_month(today()) }} as month_start,
        0 as has_postings
    from posting_months
),

compared_months as (
    select
        company_id,
        month_start,
        max(has_postings) as has_postings
    from marked_months
    group by company_id, month_start
),

in_order as (
    select
        company_id,
        month_start,
        has_postings,
        max(month_start) over (
            partition by company_id
            order by month_start
            rows between 1 following and 1 following
        ) as next_month
    from compared_months
),

stretches as (
    select
        company_id,
        month_start,
        has_postings,
        {{ months_after('next_month', 'month_start') }} - 1 as empty_months
    from in_order
),

month_starts as (
    select
        stretches.company_id,
        {{ number_of('numbers') }} = 0 as is_compared,
        {{ number_of('numbers') }} = 0 and stretches.has_postings = 1 as has_postings,
        {{ add_months('stretches.month_start', number_of('numbers')) }} as month_start
    from stretches
    {{ with_numbers(
        '0',
        'case when stretches.empty_months is null or ' ~ is_left_out('stretches.empty_months')
        ~ ' then 0 else stretches.empty_months end',
        'numbers'
    ) }}
),

months as (
    select
        company_id,
        month_start,
        {{ dbt.last_day('month_start', 'month') }} as month_end,
        has_postings,
        is_compared
    from month_starts
)

select * from months
