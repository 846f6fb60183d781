{#- Payments under cash accounting of which nobody knows the document, and so the VAT. -#}
{{ config(materialized='ephemeral') }}

with settings as (
    select * from {{ ref('int_vat_settings') }}
    where scheme = 'cash'
),

payments as (
    select
        company_id,
        posting_id as note_id,
        'payment without invoice' as kind,
        posting_date,
        source_type,
        source_id,
        nominal_code,
        -amount as amount,
        'A payment of no known invoice. Its VAT is in no box.' as note
    from {{ ref('ledger_postings') }}
    where
        nominal_code in ('{{ var("trade_debtors") }}', '{{ var("trade_creditors") }}')
        and document_id is null
        and source_type <> 'invoice'
    union all
    select
        company_id,
        'allocation:' || {{ as_text('posting_date') }} || ':' || nominal_code || ':' || coalesce(contact_id, '')
            as note_id,
        'paid without payment' as kind,
        posting_date,
        {{ as_text('null') }} as source_type,
        {{ as_text('null') }} as source_id,
        nominal_code,
        amount,
        'AccBooks shows documents of contact ' || coalesce(contact_id, 'unknown')
        || ' as paid, but no payment of them. Their VAT is in the period of the documents.' as note
    from {{ ref('allocations') }}
    where kind = 'unallocated'
),

notes as (
    select
        payments.company_id,
        {{ vat_period_start('payments.posting_date', 'settings') }} as period_start,
        payments.note_id,
        payments.kind,
        payments.posting_date,
        payments.source_type,
        payments.source_id,
        payments.nominal_code,
        payments.amount,
        payments.note
    from payments
    inner join settings
        on
            payments.company_id = settings.company_id
            and payments.posting_date between settings.valid_from and settings.valid_to
)

select * from notes
