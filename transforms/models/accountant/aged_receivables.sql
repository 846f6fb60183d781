with documents as (
    select * from {{ ref('int_aged_documents') }}
    where nominal_code = '{{ var("trade_debtors") }}'
),

aged as (
    select
        company_id,
        period_end as as_at,
        contact_id,
        contact_name,
        source_type,
        source_id,
        document_number,
        document_type,
        document_date,
        due_date,
        days_overdue,
        {{ ageing_bucket('days_overdue') }} as bucket,
        outstanding,
        currency,
        outstanding_in_currency
    from documents
)

select * from aged
