{#- What is paid of each invoice under cash accounting at the end of each VAT period, by the open documents. -#}
-- depends_on: {{ ref('touched_companies') }}
with periods as (
    select * from {{ ref('vat_periods') }}
    where scheme = 'cash'
),

-- what is open is known at the ends of months that the books have
ends as (
    select
        periods.company_id,
        periods.period_end
    from periods
    inner join {{ ref('months') }} as months
        on
            periods.company_id = months.company_id
            and periods.period_end = months.month_end
),

-- what a document posts to the account on which it is paid, also by lines that are coded to it
posted as (
    select
        documents.company_id,
        documents.document_id,
        documents.nominal_code,
        sum(postings.amount_in_currency) as amount
    from {{ ref('int_vat_cash_documents') }} as documents
    inner join {{ ref('ledger_postings') }} as postings
        on
            documents.company_id = postings.company_id
            and documents.document_id = postings.source_id
            and documents.nominal_code = postings.nominal_code
    where postings.source_type = 'invoice'
    group by documents.company_id, documents.document_id, documents.nominal_code
),

documents as (
    select
        ends.period_end,
        documents.company_id,
        documents.document_id,
        documents.whole,
        case
            when documents.whole = 0 then case when documents.document_date <= ends.period_end then 1 else 0 end
            when documents.scheme_until <= ends.period_end then documents.whole
            else
                case when documents.document_date <= ends.period_end then posted.amount else 0 end
                - coalesce(items.outstanding_in_currency, 0)
        end as part
    from ends
    inner join {{ ref('int_vat_cash_documents') }} as documents
        on ends.company_id = documents.company_id
    inner join posted
        on
            documents.company_id = posted.company_id
            and documents.document_id = posted.document_id
            and documents.nominal_code = posted.nominal_code
    left join {{ ref('aged_items') }} as items
        on
            documents.company_id = items.company_id
            and documents.document_id = items.document_id
            and documents.nominal_code = items.nominal_code
            and ends.period_end = items.period_end
),

capped as (
    select
        *,
        case when whole >= 0 then greatest(0, least(whole, part)) else least(0, greatest(whole, part)) end as paid
    from documents
)

select * from capped
