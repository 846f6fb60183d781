{#- What is paid of each invoice under cash accounting at the end of each VAT period, by the open documents. -#}
-- depends_on: {{ ref('touched_companies') }}
with periods as (
    select * from {{ ref('vat_periods') }}
    where scheme = 'cash'
),

last_months as (
    select
        company_id,
        max(month_end) as last_day
    from {{ ref('months') }}
    group by company_id
),

ends as (
    select
        company_id,
        periods.period_end
    from periods
    inner join last_months using (company_id)
    where periods.period_end <= last_months.last_day
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
                case when documents.document_date <= ends.period_end then documents.whole else 0 end
                - coalesce(items.outstanding_in_currency, 0)
        end as part
    from ends
    inner join {{ ref('int_vat_cash_documents') }} as documents
        on ends.company_id = documents.company_id
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
