{#- Lines of reports that differ, and a document that may be why. -#}
with compared_lines as (
    select * from {{ ref('int_compared_lines') }}
),

doubtful_documents as (
    select * from {{ ref('int_doubtful_documents') }}
),

-- documents whose amounts are in doubt, and which lines of reports they may make wrong
doubtful_lines as (
    select
        compared_lines.company_id,
        compared_lines.report,
        compared_lines.period_start,
        compared_lines.period_end,
        compared_lines.nominal_code,
        min(doubtful_documents.resource || ' ' || doubtful_documents.record_id) as document
    from compared_lines
    inner join doubtful_documents
        on
            compared_lines.company_id = doubtful_documents.company_id
            and doubtful_documents.document_date
            between coalesce(compared_lines.period_start, {{ earliest_date() }}) and compared_lines.period_end
    where
        compared_lines.difference <> 0
        and (
            not doubtful_documents.is_of_settlements
            or compared_lines.nominal_code in {{ quoted([
                var('trade_debtors'), var('trade_creditors'), var('exchange_gains_and_losses')
            ]) }}
        )
    group by
        compared_lines.company_id,
        compared_lines.report,
        compared_lines.period_start,
        compared_lines.period_end,
        compared_lines.nominal_code
)

select * from doubtful_lines
