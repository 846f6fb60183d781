with report_periods as (
    select * from {{ ref('int_report_periods') }}
),

months as (
    select * from {{ ref('months') }}
),

financial_years as (
    select * from {{ ref('financial_years') }}
    where is_year_end_known
),

empty_stretches as (
    select * from {{ ref('int_empty_stretches') }}
),

year_ends as (
    select * from {{ ref('int_year_ends') }}
),

calendars as (
    select
        company_id,
        min(month_start) as first_day,
        max(month_end) as last_day
    from months
    group by company_id
),

shapes as (
    select
        report_periods.*,
        year_ends.company_id is not null as is_year_end_known,
        report_periods.report = 'profit_loss'
        and report_periods.period_start = {{ first_day_of_month('report_periods.period_start') }}
        and report_periods.period_end = {{ dbt.last_day('report_periods.period_start', 'month') }} as is_month,
        financial_years.company_id is null and empty_stretches.company_id is not null as is_empty_stretch,
        case
            -- nothing was posted before the first month or after the last: any such report must be empty
            when calendars.company_id is null or report_periods.period_end < calendars.first_day then true
            when report_periods.report = 'profit_loss'
                then
                    financial_years.company_id is not null
                    or empty_stretches.company_id is not null
                    or report_periods.period_start > calendars.last_day
                    or (
                        report_periods.period_start = {{ first_day_of_month('report_periods.period_start') }}
                        and report_periods.period_end = {{ dbt.last_day('report_periods.period_start', 'month') }}
                    )
            else
                report_periods.period_end = {{ dbt.last_day('report_periods.period_end', 'month') }}
                and report_periods.period_end <= calendars.last_day
        end as is_rebuilt
    from report_periods
    left join calendars on report_periods.company_id = calendars.company_id
    left join year_ends on report_periods.company_id = year_ends.company_id
    left join financial_years
        on
            report_periods.company_id = financial_years.company_id
            and report_periods.period_start = financial_years.financial_year_start
            and report_periods.period_end = financial_years.financial_year_end
    left join empty_stretches
        on
            report_periods.company_id = empty_stretches.company_id
            and report_periods.period_start = empty_stretches.stretch_start
            and report_periods.period_end = empty_stretches.stretch_end
)

select * from shapes
