{#- The reports that say something of the books as they are. One that could not be used counts as long as a sync asks
    for it again: that of a period which the books no longer have, because its only document went, would stay for ever. -#}
with latest_reports as (
    select * from {{ ref('int_latest_reports') }}
),

months as (
    select * from {{ ref('months') }}
    where is_compared
),

empty_stretches as (
    select * from {{ ref('int_empty_stretches') }}
),

financial_years as (
    select * from {{ ref('financial_years') }}
    where is_year_end_known
),

periods as (
    select
        company_id,
        month_start as period_start,
        month_end as period_end,
        true as has_balance
    from months
    union all
    -- books without any posting have this month alone
    select distinct
        company_id,
        {{ first_day_of_month(today()) }} as period_start,
        {{ dbt.last_day(today(), 'month') }} as period_end,
        true as has_balance
    from latest_reports
    union all
    select
        company_id,
        stretch_start as period_start,
        stretch_end as period_end,
        true as has_balance
    from empty_stretches
    union all
    select
        company_id,
        financial_year_start as period_start,
        financial_year_end as period_end,
        false as has_balance
    from financial_years
),

asked_for as (
    select latest_reports.*
    from latest_reports
    where
        latest_reports.outcome = 'complete'
        or exists (
            select 1
            from periods
            where
                periods.company_id = latest_reports.company_id
                and periods.period_end = latest_reports.period_end
                and (
                    periods.period_start = latest_reports.period_start
                    or (periods.has_balance and latest_reports.period_start is null)
                )
        )
)

select * from asked_for
