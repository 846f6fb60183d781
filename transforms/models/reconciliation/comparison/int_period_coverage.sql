with report_periods as (
    select * from {{ ref('int_report_periods') }}
),

coverage as (
    select * from {{ ref('int_coverage') }}
),

covered as (
    select
        report_periods.company_id,
        report_periods.report,
        report_periods.period_start,
        report_periods.period_end,
        count(distinct coverage.resource) as covered_resources,
        max(case when coverage.resource = 'invoices' and coverage.covered_from is null then 1 else 0 end) = 1
            as has_earlier_invoices
    from report_periods
    left join coverage
        on
            report_periods.company_id = coverage.company_id
            -- a balance has no start, so only coverage from the open beginning will do
            and (coverage.covered_from is null or report_periods.period_start >= coverage.covered_from)
            and (coverage.covered_to is null or report_periods.period_end <= coverage.covered_to)
    group by
        report_periods.company_id,
        report_periods.report,
        report_periods.period_start,
        report_periods.period_end
)

select * from covered
