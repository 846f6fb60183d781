{#- What was posted when a period was closed, followed by what is posted now. What is dated later counts for nothing: it
    tells that its document exists. -#}
with judged as (
    select * from {{ ref('int_judged_closings') }}
    where kind = 'accounts'
),

closed_postings as (
    select * from {{ ref('stg_closed_postings') }}
),

ledger_postings as (
    select * from {{ ref('ledger_postings') }}
),

postings as (
    select
        company_id,
        kind,
        closed_through,
        closed_at,
        closed_postings.source_type,
        closed_postings.source_id,
        closed_postings.nominal_code,
        closed_postings.posting_date as date_when_closed,
        cast(null as date) as date_now,
        case when closed_postings.posting_date <= closed_through then closed_postings.amount end as amount_when_closed,
        cast(null as {{ money() }}) as amount_now,
        closed_postings.document_number,
        closed_postings.contact_name,
        {{ as_text('null') }} as settled_invoice_id
    from closed_postings
    inner join judged using (company_id, kind, closed_through, closed_at)
    union all
    select
        company_id,
        judged.kind,
        judged.closed_through,
        judged.closed_at,
        ledger_postings.source_type,
        ledger_postings.source_id,
        ledger_postings.nominal_code,
        cast(null as date) as date_when_closed,
        ledger_postings.posting_date as date_now,
        cast(null as {{ money() }}) as amount_when_closed,
        case when ledger_postings.posting_date <= judged.closed_through then ledger_postings.amount end as amount_now,
        {{ as_text('null') }} as document_number,
        {{ as_text('null') }} as contact_name,
        case when ledger_postings.source_type = 'transaction' then ledger_postings.document_id end as settled_invoice_id
    from ledger_postings
    inner join judged using (company_id)
)

select * from postings
