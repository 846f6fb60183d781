{#- Where AccBooks' own reports and ours differ, line by line, and what could not be compared. -#}
with differing_lines as (
    select * from {{ ref('int_differing_report_lines') }}
),

not_compared as (
    select * from {{ ref('int_reports_not_compared') }}
),

findings as (
    select
        company_id,
        {{ finding(
            'report_differs',
            sentence(
                'In the {report} {period} {account} is {expected} in AccBooks and {found} in the warehouse. {advice}',
                report=report_text('report'),
                period=period_text('period_start', 'period_end'),
                account=account_text('nominal_code', 'nominal_name'),
                expected=amount_text('api_amount'),
                found=amount_text('warehouse_amount'),
                advice="case cause
                    when 'rejected_record'
                        then 'A record in quarantine may be why: see the findings of the check rejected_record.'
                    when 'document_finding'
                        then 'The ' || coalesce(explanation, 'document') || ', which is among the findings, may be why.'
                    when 'unmapped_account'
                        then 'No report names this account, so it is in no statement: ask AccBooks about it.'
                    when 'in_flight' then 'The books were edited while they were read: run `accbooks sync` again.'
                    when 'table_differs' then 'A row of our tables was changed: run `accbooks sync`.'
                    else 'Nothing that was read explains it: run `accbooks sync --from 1900-01-01`; the table'
                        || ' reconciliation_suspects names documents of that amount.'
                end",
            ),
            report='report',
            period_start='period_start',
            period_end='period_end',
            nominal_code='nominal_code',
            expected=amount_text('api_amount'),
            found=amount_text('warehouse_amount'),
        ) }}
    from differing_lines
    union all
    select
        company_id,
        {{ finding(
            'partial_history',
            sentence(
                'The warehouse does not hold all dates, because of start_date, --from, --to or --resource: not every report'
                ~ ' to {date} can be compared. Remove start_date and run `accbooks sync` to have everything proved.',
                date='last_end',
            ),
            found='last_end',
        ) }}
    from not_compared
    where cause = 'partial_history'
    union all
    select
        company_id,
        {{ finding(
            'year_end_unknown',
            sentence(
                'The financial year end of the company is not known, so the reports of {first} to {last} that rest on it'
                ~ ' cannot be compared. Set it in AccBooks, then run `accbooks sync`.',
                first='first_end',
                last='last_end',
            ),
            resource="'company'",
            found='last_end',
        ) }}
    from not_compared
    where cause = 'year_end_unknown'
)

select * from findings
