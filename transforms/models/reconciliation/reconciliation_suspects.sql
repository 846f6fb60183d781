{#- Documents whose postings to an account amount to what it differs by. -#}
{{ config(indexes=kept_indexes([['company_id', 'report', 'period_end']])) }}

with reconciliation as (
    select * from {{ ref('reconciliation') }}
),

general_ledger as (
    select * from {{ ref('general_ledger') }}
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
        general_ledger.source_type,
        general_ledger.source_id,
        min(general_ledger.posting_date) as posting_date,
        cast(sum(general_ledger.amount) as {{ money() }}) as amount
    from differing_lines
    inner join general_ledger
        on
            differing_lines.company_id = general_ledger.company_id
            and differing_lines.nominal_code = general_ledger.nominal_code
            and general_ledger.posting_date between differing_lines.differs_since and differing_lines.period_end
    group by
        differing_lines.company_id,
        differing_lines.report,
        differing_lines.period_start,
        differing_lines.period_end,
        differing_lines.nominal_code,
        differing_lines.difference,
        general_ledger.source_type,
        general_ledger.source_id
),

suspects as (
    select * from documents
    where abs(amount) = abs(difference)
)

select * from suspects
