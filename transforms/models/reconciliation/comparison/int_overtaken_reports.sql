{#- Reports older than the sync that read a change reaching into their period: where they differ from our books now,
    they say nothing against them. Those of that sync itself do: it goes on until they are equal. -#}
with reports as (
    select * from {{ ref('int_reports_to_compare') }}
),

change_dates as (
    select * from {{ ref('int_change_dates') }}
),

overtaken as (
    select distinct
        company_id,
        reports.report,
        reports.period_start,
        reports.period_end
    from reports
    inner join change_dates using (company_id)
    where
        change_dates.sync_began_at > reports.fetched_at
        and change_dates.change_date <= reports.period_end
        and (reports.period_start is null or change_dates.change_date >= reports.period_start)
)

select * from overtaken
