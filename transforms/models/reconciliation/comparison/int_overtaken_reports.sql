{#- Reports older than the sync that read a change reaching into their period: where they differ from our books now,
    they say nothing against them. Those of that sync itself do: it goes on until they are equal. -#}
with latest_reports as (
    select * from {{ ref('int_latest_reports') }}
),

change_dates as (
    select * from {{ ref('int_change_dates') }}
),

overtaken as (
    select distinct
        latest_reports.company_id,
        latest_reports.report,
        latest_reports.period_start,
        latest_reports.period_end
    from latest_reports
    inner join change_dates on latest_reports.company_id = change_dates.company_id
    where
        change_dates.sync_began_at > latest_reports.fetched_at
        and change_dates.change_date <= latest_reports.period_end
        and (latest_reports.period_start is null or change_dates.change_date >= latest_reports.period_start)
)

select * from overtaken
