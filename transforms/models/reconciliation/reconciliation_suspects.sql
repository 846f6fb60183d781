{#- Documents whose postings to an account amount to what it differs by. -#}
{{ config(indexes=kept_indexes([['company_id', 'report', 'period_end']])) }}

with reconciliation as (
    select * from {{ ref('reconciliation') }}
),

ledger_postings as (
    select * from {{ ref('ledger_postings') }}
),

dated_lines as (
    select
        *,
        -- a balance was still equal at its last match: what it differs by came after
        coalesce(
            period_start,
            max(case when status = 'match' then period_end + 1 end) over (
                partition by company_id, report, nominal_code
                order by period_end
                rows between unbounded preceding and 1 preceding
            ),
            {{ earliest_date() }}
        ) as differs_since
    from reconciliation
),

differing_lines as (
    select * from dated_lines
    where status in ('mismatch', 'missing_in_api', 'missing_in_warehouse') and nominal_code is not null
),

documents as (
    select
        differing_lines.company_id,
        differing_lines.report,
        differing_lines.period_start,
        differing_lines.period_end,
        differing_lines.nominal_code,
        differing_lines.difference,
        ledger_postings.source_type,
        ledger_postings.source_id,
        min(ledger_postings.posting_date) as posting_date,
        cast(sum(ledger_postings.amount) as {{ money() }}) as amount
    from differing_lines
    inner join ledger_postings
        on
            differing_lines.company_id = ledger_postings.company_id
            and differing_lines.nominal_code = ledger_postings.nominal_code
            and ledger_postings.posting_date between differing_lines.differs_since and differing_lines.period_end
    group by
        differing_lines.company_id,
        differing_lines.report,
        differing_lines.period_start,
        differing_lines.period_end,
        differing_lines.nominal_code,
        differing_lines.difference,
        ledger_postings.source_type,
        ledger_postings.source_id
),

suspects as (
    select * from documents
    where abs(amount) = abs(difference)
)

select * from suspects
