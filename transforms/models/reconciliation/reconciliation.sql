-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    incremental_predicates=["{{ of_touched_companies('company_id') }}"],
    indexes=kept_indexes([['company_id', 'report', 'period_end']])
) }}

with compared_lines as (
    select * from {{ ref('int_compared_lines') }}
),

comparability as (
    select * from {{ ref('int_comparability') }}
),

nominal_accounts as (
    select * from {{ ref('nominal_accounts') }}
),

rejected_records as (
    select * from {{ ref('stg_rejected_records') }}
    where resource in ('transactions', 'invoices', 'journals', 'bank_accounts')
),

doubtful_documents as (
    select * from {{ ref('int_doubtful_documents') }}
),

previous_lines as (
    select * from {{ ref('int_previous_lines') }}
),

healing_changes as (
    select * from {{ ref('int_healing_changes') }}
),

first_rejections as (
    select
        company_id,
        -- a record without a date may belong to any period
        min(coalesce(record_date, {{ earliest_date() }})) as rejected_from
    from rejected_records
    group by company_id
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
),

explained as (
    select
        compared_lines.*,
        doubtful_lines.document,
        comparability.is_overtaken,
        comparability.content_hash,
        previous_lines.status as previous_status,
        previous_lines.cause as previous_cause,
        previous_lines.explanation as previous_explanation,
        -- it is as it was when its line became equal: so is the reason
        previous_lines.status = 'match' and previous_lines.content_hash = comparability.content_hash as is_as_before,
        case
            when comparability.cause is not null then comparability.cause
            -- the invoice a payment settles may lie before what was read, and with it the rate
            when
                compared_lines.report = 'profit_loss'
                and compared_lines.nominal_code = '{{ var("exchange_gains_and_losses") }}'
                and not comparability.has_earlier_invoices
                then 'partial_history'
        end as obstacle,
        case
            when first_rejections.rejected_from <= compared_lines.period_end then 'rejected_record'
            when compared_lines.nominal_code is not null and nominal_accounts.category is null then 'unmapped_account'
            when {{ in_flight('compared_lines.company_id') }} then 'in_flight'
            when doubtful_lines.document is not null then 'document_finding'
            else 'unexplained'
        end as suspicion
    from compared_lines
    inner join comparability
        on
            compared_lines.company_id = comparability.company_id
            and compared_lines.report = comparability.report
            and compared_lines.period_end = comparability.period_end
            and (
                compared_lines.period_start = comparability.period_start
                or (compared_lines.period_start is null and comparability.period_start is null)
            )
    left join nominal_accounts
        on
            compared_lines.company_id = nominal_accounts.company_id
            and compared_lines.nominal_code = nominal_accounts.nominal_code
    left join first_rejections on compared_lines.company_id = first_rejections.company_id
    left join doubtful_lines
        on {{ same_line('compared_lines', 'doubtful_lines') }}
    left join previous_lines
        on {{ same_line('compared_lines', 'previous_lines') }}
),

judged as (
    select
        *,
        case
            when obstacle is not null then 'not_comparable'
            when difference = 0 then 'match'
            when api_amount is null then 'missing_in_api'
            when warehouse_amount is null then 'missing_in_warehouse'
            else 'mismatch'
        end as status,
        max(case when obstacle is null and difference <> 0 then 1 else 0 end) over (
            partition by company_id, report, period_start, period_end
        ) as differs_somewhere,
        max(
            case when previous_status in ('mismatch', 'missing_in_api', 'missing_in_warehouse') then 1 else 0 end
        ) over (
            partition by company_id, report, period_start, period_end
        ) as differed_before
    from explained
),

lines as (
    select
        judged.company_id,
        judged.report,
        judged.period_start,
        judged.period_end,
        judged.nominal_code,
        judged.api_amount,
        judged.warehouse_amount,
        judged.difference,
        judged.status,
        case
            when judged.status = 'not_comparable' then judged.obstacle
            when judged.status <> 'match' then judged.suspicion
            when judged.is_as_before then judged.previous_cause
            else healing_changes.cause
        end as cause,
        case
            when judged.status not in ('match', 'not_comparable') and judged.suspicion = 'document_finding'
                then judged.document
            when judged.status <> 'match' then null
            when judged.is_as_before then judged.previous_explanation
            else healing_changes.explanation
        end as explanation,
        current_timestamp as checked_at
    from judged
    left join healing_changes
        on {{ same_line('judged', 'healing_changes') }}
    -- a report that a change has overtaken is set aside until it is fetched again; no change excuses a difference that
    -- was there before it
    where not (judged.is_overtaken and judged.differs_somewhere = 1 and judged.differed_before = 0)
)

select * from lines
{%- if is_incremental() %}
where {{ of_touched_companies('company_id') }}
{%- endif %}
