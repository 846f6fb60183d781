with general_ledger as (
    select * from {{ ref('general_ledger') }}
),

bounds as (
    select
        company_id,
        {{ first_day_of_month('min(posting_date)') }} as first_month,
        {{ first_day_of_month('greatest(max(posting_date), ' ~ today() ~ ')') }} as last_month
    from general_ledger
    group by company_id
),

month_starts as (
    select
        bounds.company_id,
        {{ add_months('bounds.first_month', 'numbers.number') }} as month_start
    from bounds
    cross join
        {{ numbers_between(
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
