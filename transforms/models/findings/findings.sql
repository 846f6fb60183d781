{#- Everything that is wrong now, one row a thing: what commands print, exit by, and tell others. A view, so that what
    follows from reading and comparing is of this moment; what follows from the books is kept with them. -#}
{%- set kept = [
    'ledger_findings', 'balance_findings', 'vat_findings', 'table_findings', 'stg_closing_findings',
] %}
{%- set topics = ['reading', 'reports', 'comparison', 'keys', 'vat_scheme', 'records'] %}
with checks as (
    select * from {{ beside(ref('finding_checks')) }}
),

findings as (
    {%- for model in kept %}
    select
        {{ finding_columns() }}
    from {{ ref(model) }}
    union all
    {%- endfor %}
    {%- for topic in topics %}
    select
        {{ finding_columns() }}
    from {{ ref('int_findings_of_' ~ topic) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- an invoice that was not read is none that AccBooks does not list
known as (
    select findings.*
    from findings
    where
        findings.check_name <> 'invoice_not_found'
        or not exists (
            select 1
            from {{ ref('int_unread_invoices') }} as unread_invoices
            where
                unread_invoices.company_id = findings.company_id
                and coalesce(unread_invoices.invoice_id, findings.expected) = findings.expected
        )
),

-- a rejected record may lack its id: what is wrong with it tells it, and what no column tells apart
told_apart as (
    select
        *,
        case
            when check_name = 'rejected_record' then found
            when
                count(*) over (
                    partition by
                        company_id,
                        check_name,
                        resource,
                        record_id,
                        report,
                        period_start,
                        period_end,
                        nominal_code
                ) > 1
                then coalesce(found, '') || '|' || message
        end as distinction
    from known
),

identified as (
    select
        {{ dbt.hash(
            "company_id || '|' || check_name || '|' || coalesce(resource, '') || '|' || coalesce(record_id, '') || '|'"
            ~ " || coalesce(report, '') || '|' || coalesce(" ~ as_text('period_start') ~ ", '') || '|' || coalesce("
            ~ as_text('period_end') ~ ", '') || '|' || coalesce(nominal_code, '') || '|'"
            ~ " || coalesce(distinction, '')"
        ) }} as finding_id,
        {{ finding_columns() }}
    from told_apart
)

select
    identified.finding_id,
    identified.company_id,
    check_name,
    checks.severity,
    identified.resource,
    identified.record_id,
    identified.report,
    identified.period_start,
    identified.period_end,
    identified.nominal_code,
    identified.expected,
    identified.found,
    identified.message
from identified
inner join checks using (check_name)
