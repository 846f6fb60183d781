{#- Financial years whose profit and loss equals ours, and the day of the trial balance that shows their balances. -#}
with compared_periods as (
    select * from {{ ref('compared_periods') }}
),

equal_reports as (
    select * from {{ ref('int_equal_reports') }}
),

empty_stretches as (
    select * from {{ ref('int_equal_empty_stretches') }}
),

-- a year that is not over has no month of its end: its last balance is that of the books
last_months as (
    select
        company_id,
        max(period_end) as period_end
    from compared_periods
    where report = 'trial_balance'
    group by company_id
),

year_closings as (
    select
        company_id,
        years.period_start,
        years.period_end,
        years.fetched_at,
        least({{ dbt.last_day('years.period_end', 'month') }}, last_months.period_end) as closing_date
    from equal_reports as years
    inner join last_months using (company_id)
    where years.kind = 'financial year'
),

years as (
    select
        year_closings.company_id,
        year_closings.period_start,
        year_closings.period_end,
        least(year_closings.fetched_at, coalesce(min(empty_stretches.fetched_at), year_closings.fetched_at))
            as fetched_at,
        min(empty_stretches.fetched_at) as stretch_fetched_at,
        coalesce(min(empty_stretches.balance_date), year_closings.closing_date) as balance_date
    from year_closings
    left join empty_stretches
        on
            year_closings.company_id = empty_stretches.company_id
            and year_closings.closing_date >= empty_stretches.period_start
            and year_closings.closing_date < empty_stretches.period_end
    group by
        year_closings.company_id,
        year_closings.period_start,
        year_closings.period_end,
        year_closings.fetched_at,
        year_closings.closing_date
)

select * from years
