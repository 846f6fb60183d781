{#- Not compared with today: reconciling next month must not call this month's tables wrong. -#}
with postings as (
    select
        company_id,
        {{ first_day_of_month('posting_date') }} as month_start
    from {{ ref('general_ledger') }}
),

held_months as (
    select * from {{ ref('months') }}
),

bounds as (
    select
        company_id,
        min(month_start) as first_month,
        max(month_start) as last_month
    from postings
    group by company_id
),

kept as (
    select
        months.company_id,
        min(months.month_start) as first_month,
        max(months.month_start) as last_month,
        count(*) as number_of_months,
        sum(case when months.month_end = {{ last_day_of_month('months.month_start') }} then 0 else 1 end) as bad_ends
    from held_months as months
    group by months.company_id
),

expected as (
    select
        bounds.company_id,
        bounds.first_month,
        greatest(bounds.last_month, kept.last_month) as last_month,
        12 * ({{ year_of('greatest(bounds.last_month, kept.last_month)') }} - {{ year_of('bounds.first_month') }})
        + {{ month_of('greatest(bounds.last_month, kept.last_month)') }} - {{ month_of('bounds.first_month') }}
        + 1 as number_of_months,
        0 as bad_ends
    from bounds
    left join kept on bounds.company_id = kept.company_id
),

found as (
    select * from kept
),

{{ table_differences('months', ['company_id'], texts=['first_month', 'last_month', 'number_of_months', 'bad_ends']) }}

select * from differences
