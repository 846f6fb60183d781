{#- Which month is a financial year's first is decided here: a month in which years end and begin belongs to the year
    that most of it lies in. Without a year end, years are the calendar's. -#}
with financial_years as (
    select * from {{ beside(ref('financial_years')) }}
),

years as (
    select
        company_id,
        financial_year_start,
        financial_year_end,
        is_year_end_known,
        case
            -- one that is cut off where dates end begins as the year before it
            when is_year_end_known and financial_year_end = {{ latest_date() }}
                then {{ first_day_of_month('financial_year_start + 14') }}
            when is_year_end_known then {{ add_months(first_day_of_month('financial_year_end + 15'), '-12') }}
            else {{ date_of(year_of('financial_year_start'), '1', '1') }}
        end as first_month,
        case
            when not is_year_end_known then null
            when {{ year_of('financial_year_start') }} = {{ year_of('financial_year_end') }}
                then {{ as_text(year_of('financial_year_end')) }}
            else
                {{ as_text(year_of('financial_year_start')) }} || '/'
                || substring({{ as_text(year_of('financial_year_end')) }}, 3, 2)
        end as financial_year_name
    from financial_years
)

select * from years
