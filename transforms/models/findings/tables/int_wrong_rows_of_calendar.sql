with days as (
    select
        calendar.company_id,
        calendar.date_day,
        calendar.financial_year_start,
        sum(case when periods.period_type = 'month' then 1 else 0 end) as months,
        sum(case when periods.period_type = 'quarter' then 1 else 0 end) as quarters,
        sum(case when periods.period_type = 'financial_year' then 1 else 0 end) as years,
        min(case when periods.period_type = 'quarter' then periods.period_start end) as expected_quarter_start,
        min(case when periods.period_type = 'quarter' then periods.period_end end) as expected_quarter_end,
        min(calendar.quarter_start) as quarter_start,
        min(calendar.quarter_end) as quarter_end
    from {{ ref('calendar') }} as calendar
    left join {{ ref('financial_periods') }} as periods
        on
            calendar.company_id = periods.company_id
            and calendar.date_day between periods.period_start and periods.period_end
    group by calendar.company_id, calendar.date_day, calendar.financial_year_start
),

differences as (
    select
        'calendar' as table_name,
        company_id,
        {{ as_text('null') }} as record_id,
        date_day as period,
        {{ as_text('null') }} as nominal_code,
        'periods of the day' as measure,
        'one of each kind' as expected,
        {{ as_text('months') }} || ' months, ' || {{ as_text('quarters') }} || ' quarters, ' || {{ as_text('years') }}
        || ' years' as found
    from days
    where
        months > 1
        or quarters <> 1
        or years <> case when financial_year_start is null then 0 else 1 end
        or quarter_start is distinct from expected_quarter_start
        or quarter_end is distinct from expected_quarter_end
)

select * from differences
