{#- The lines of closed VAT returns as they were closed, followed by those of now, and the documents of then and now:
    that one exists tells whether it was added. The VAT of a flat rate is of no document, but of its period. -#}
with judged as (
    select * from {{ ref('int_judged_closings') }}
    where kind = 'vat'
),

lines as (
    select
        company_id,
        closed_through,
        lines_when_closed.source_type,
        lines_when_closed.source_id,
        lines_when_closed.period_start,
        lines_when_closed.period_end,
        lines_when_closed.box,
        lines_when_closed.amount as amount_when_closed,
        0 as amount_now,
        lines_when_closed.document_date as date_when_closed,
        cast(null as date) as date_now,
        lines_when_closed.document_number,
        lines_when_closed.contact_name
    from {{ ref('stg_closed_vat_lines') }} as lines_when_closed
    inner join judged using (company_id, closed_through, closed_at)
    union all
    select
        company_id,
        judged.closed_through,
        lines_now.source_type,
        lines_now.source_id,
        lines_now.period_start,
        lines_now.period_end,
        lines_now.box,
        0 as amount_when_closed,
        lines_now.amount as amount_now,
        cast(null as date) as date_when_closed,
        cast(null as date) as date_now,
        {{ as_text('null') }} as document_number,
        {{ as_text('null') }} as contact_name
    from {{ beside(ref('vat_return_lines')) }} as lines_now
    inner join judged using (company_id)
    where lines_now.period_end <= judged.closed_through
    union all
    select
        company_id,
        judged.closed_through,
        ledger_postings.source_type,
        ledger_postings.source_id,
        cast(null as date) as period_start,
        cast(null as date) as period_end,
        cast(null as integer) as box,
        0 as amount_when_closed,
        0 as amount_now,
        cast(null as date) as date_when_closed,
        ledger_postings.posting_date as date_now,
        {{ as_text('null') }} as document_number,
        {{ as_text('null') }} as contact_name
    from {{ ref('ledger_postings') }} as ledger_postings
    inner join judged using (company_id)
    where ledger_postings.line_number = 1  -- every document has that one
),

of_documents as (
    select
        company_id,
        closed_through,
        coalesce(source_type, 'flat rate') as source_type,
        coalesce(source_id, {{ as_text('period_end') }}) as source_id,
        period_start,
        period_end,
        box,
        amount_when_closed,
        amount_now,
        date_when_closed,
        date_now,
        document_number,
        contact_name
    from lines
)

select * from of_documents
