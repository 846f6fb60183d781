{#- Lists and reports that could not be read. -#}
with unread as (
    select * from {{ ref('int_unread_windows') }}
),

permissions as (
    select * from {{ ref('int_resource_permissions') }}
    where is_forbidden
),

compared_periods as (
    select * from {{ ref('compared_periods') }}
),

-- those of periods that the books have: a sync asks for no other
unusable_reports as (
    select latest_reports.*
    from {{ ref('int_latest_reports') }} as latest_reports
    inner join compared_periods on {{ same_report('latest_reports', 'compared_periods') }}
    where latest_reports.outcome = 'inconsistent'
),

findings as (
    select
        company_id,
        {{ finding(
            'permission_missing',
            sentence(
                'The key may not read {resource}, so what depends on it is not proved. Give it the permission'
                ~ ' `{permission}` in AccBooks under Settings → Integrations → API → Keys, then run `accbooks sync`.',
                resource='resource',
                permission="case
                    when resource in ('trial_balance', 'balance_sheet', 'profit_loss') then 'reports'
                    else resource
                end",
            ),
            resource='resource',
            expected="'allowed'",
            found="'forbidden'",
        ) }}
    from permissions
    union all
    select
        company_id,
        {{ finding(
            'report_unusable',
            sentence(
                'The {report} of AccBooks {period} could not be used: {fault}. It is compared with nothing. The next'
                ~ ' `accbooks sync` asks for it again; if it stays, tell AccBooks.',
                report=report_text('report'),
                period=period_text('period_start', 'period_end'),
                fault="coalesce(substring(fault, 1, 300), 'it was refused, unreadable or contradicted itself')",
            ),
            report='report',
            period_start='period_start',
            period_end='period_end',
            found='fault',
        ) }}
    from unusable_reports
    union all
    select
        company_id,
        {{ finding(
            'window_never_agreed',
            sentence(
                'The list of {resource} from {start} to {end} contradicted itself each time it was read, so it was not'
                ~ ' taken. {fault} Run `accbooks sync` when nobody edits these days; if it stays, tell AccBooks.',
                resource='resource',
                start="coalesce(" ~ as_text('window_start') ~ ", 'the beginning')",
                end="coalesce(" ~ as_text('window_end') ~ ", 'the end')",
                fault="coalesce(substring(fault, 1, 300), 'Its pages did not agree with each other.')",
            ),
            resource='resource',
            period_start='window_start',
            period_end='window_end',
        ) }}
    from unread
)

select * from findings
