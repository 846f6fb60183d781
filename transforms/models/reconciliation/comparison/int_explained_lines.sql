{#- Lines of reports beside what may keep them from being compared, or make them differ. -#}
with compared_lines as (
    select * from {{ ref('int_compared_lines') }}
),

comparability as (
    select * from {{ ref('int_comparability') }}
),

nominal_accounts as (
    select * from {{ ref('nominal_accounts') }}
),

previous_lines as (
    select * from {{ ref('int_previous_lines') }}
),

doubtful_lines as (
    select * from {{ ref('int_doubtful_lines') }}
),

rejected_records as (
    select * from {{ ref('stg_rejected_records') }}
    where resource in ('transactions', 'invoices', 'journals', 'bank_accounts')
),

first_rejections as (
    select
        company_id,
        -- a record without a date may belong to any period
        min(coalesce(record_date, {{ earliest_date() }})) as rejected_from
    from rejected_records
    group by company_id
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
    inner join comparability on {{ same_report('compared_lines', 'comparability') }}
    left join nominal_accounts
        on
            compared_lines.company_id = nominal_accounts.company_id
            and compared_lines.nominal_code = nominal_accounts.nominal_code
    left join first_rejections on compared_lines.company_id = first_rejections.company_id
    left join doubtful_lines
        on {{ same_line('compared_lines', 'doubtful_lines') }}
    left join previous_lines
        on {{ same_line('compared_lines', 'previous_lines') }}
)

select * from explained
