{#- Lists and reports that could not be read. -#}
with permissions as (
    select * from {{ ref('int_resource_permissions') }}
    where is_forbidden
),

latest_reports as (
    select * from {{ ref('int_latest_reports') }}
    where outcome = 'inconsistent'
),

reads as (
    select * from {{ ref('stg_sync_windows') }}
    where resource not in ('trial_balance', 'balance_sheet', 'profit_loss')
),

never_agreed as (
    select
        company_id,
        resource,
        window_start,
        window_end,
        max(fetched_at) as fetched_at,
        max(fault) as fault
    from reads
    where outcome = 'never_agreed'
    group by company_id, resource, window_start, window_end
),

-- read whole since, in one window or in several
read_since as (
    select
        never_agreed.company_id,
        never_agreed.resource,
        never_agreed.window_start,
        never_agreed.window_end,
        max(
            case
                when
                    coalesce(reads.window_start, {{ earliest_date() }})
                    <= coalesce(never_agreed.window_start, {{ earliest_date() }})
                    then 1
                else 0
            end
        ) as has_its_start,
        max(
            case
                when
                    coalesce(reads.window_end, {{ latest_date() }})
                    >= coalesce(never_agreed.window_end, {{ latest_date() }})
                    then 1
                else 0
            end
        ) as has_its_end
    from never_agreed
    inner join reads
        on
            never_agreed.company_id = reads.company_id
            and never_agreed.resource = reads.resource
            and never_agreed.fetched_at < reads.fetched_at
            and coalesce(reads.window_start, {{ earliest_date() }})
            <= coalesce(never_agreed.window_end, {{ latest_date() }})
            and coalesce(reads.window_end, {{ latest_date() }})
            >= coalesce(never_agreed.window_start, {{ earliest_date() }})
    where reads.outcome = 'complete'
    group by
        never_agreed.company_id,
        never_agreed.resource,
        never_agreed.window_start,
        never_agreed.window_end
),

unread as (
    select
        never_agreed.company_id,
        never_agreed.resource,
        never_agreed.window_start,
        never_agreed.window_end,
        never_agreed.fault
    from never_agreed
    left join read_since
        on
            never_agreed.company_id = read_since.company_id
            and never_agreed.resource = read_since.resource
            and coalesce(never_agreed.window_start, {{ earliest_date() }})
            = coalesce(read_since.window_start, {{ earliest_date() }})
            and coalesce(never_agreed.window_end, {{ latest_date() }})
            = coalesce(read_since.window_end, {{ latest_date() }})
    where coalesce(read_since.has_its_start, 0) = 0 or coalesce(read_since.has_its_end, 0) = 0
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
    from latest_reports
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
