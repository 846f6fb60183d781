{#- What was read after a report that differed, and may have made its line equal. -#}
{%- set most = 5 %}
with differing_lines as (
    select * from {{ ref('int_previous_lines') }}
    where status in ('mismatch', 'missing_in_api', 'missing_in_warehouse')
),

change_log as (
    select * from {{ ref('change_log') }}
),

reached as (
    select
        differing_lines.company_id,
        differing_lines.report,
        differing_lines.period_start,
        differing_lines.period_end,
        differing_lines.nominal_code,
        change_log.change,
        change_log.resource || ' ' || change_log.record_id || ' ' || change_log.change
        || case
            when change_log.old_amount <> change_log.new_amount
                then ': ' || {{ as_text('change_log.old_amount') }} || ' to ' || {{ as_text('change_log.new_amount') }}
            when change_log.old_document_date <> change_log.new_document_date
                then
                    ': ' || {{ as_text('change_log.old_document_date') }} || ' to '
                    || {{ as_text('change_log.new_document_date') }}
            else ''
        end as explanation,
        row_number() over (
            partition by
                differing_lines.company_id, differing_lines.report, differing_lines.period_start,
                differing_lines.period_end, differing_lines.nominal_code
            order by change_log.document_date desc, change_log.record_id asc
        ) as position
    from differing_lines
    inner join change_log
        on
            differing_lines.company_id = change_log.company_id
            and differing_lines.report_fetched_at < change_log.seen_at
    where
        (
            change_log.old_document_date <= differing_lines.period_end
            and (
                differing_lines.period_start is null
                or change_log.old_document_date >= differing_lines.period_start
                -- its payments post at its rate, whenever they are made
                or change_log.resource = 'invoices'
            )
        )
        or (
            change_log.new_document_date <= differing_lines.period_end
            and (
                differing_lines.period_start is null
                or change_log.new_document_date >= differing_lines.period_start
                or change_log.resource = 'invoices'
            )
        )
),

changes as (
    select
        company_id,
        report,
        period_start,
        period_end,
        nominal_code,
        case when min(change) = 'deleted' and max(change) = 'deleted' then 'deleted_upstream' else 'late_edit' end
            as cause,
        {{ dbt.listagg('explanation', "'; '", 'order by position') }}
        || case when max(number_of_changes) > {{ most }} then '; ...' else '' end as explanation
    from (
        select
            *,
            count(*) over (
                partition by company_id, report, period_start, period_end, nominal_code
            ) as number_of_changes
        from reached
    ) as counted
    where position <= {{ most }}
    group by company_id, report, period_start, period_end, nominal_code
)

select * from changes
