{#- Which documents AccBooks' allocations set against which is decided here, because the API does not tell: within the
    contact, the oldest first, from the later of the two dates on. What finds no counterpart is taken off its document
    all the same, and unallocated. -#}
with valued as (
    select * from {{ ref('int_valued_pairs') }}
),

matched as (
    select * from {{ ref('int_matched_documents') }}
),

leftovers as (
    select * from {{ ref('int_unmatched_allocations') }}
),

entries as (
    select
        company_id,
        nominal_code,
        'document' as kind,
        document_id,
        {{ as_text('null') }} as contact_id,
        posting_date,
        amount,
        amount_in_currency
    from matched
    union all
    -- the same money at two rates
    select
        company_id,
        nominal_code,
        'rounding' as kind,
        {{ as_text('null') }} as document_id,
        {{ as_text('null') }} as contact_id,
        posting_date,
        debit_amount - credit_amount as amount,
        0 as amount_in_currency
    from valued
    where debit_amount <> credit_amount
    union all
    select
        company_id,
        nominal_code,
        'document' as kind,
        document_id,
        {{ as_text('null') }} as contact_id,
        posting_date,
        -base_amount as amount,
        -amount as amount_in_currency
    from leftovers
    union all
    select
        company_id,
        nominal_code,
        'unallocated' as kind,
        {{ as_text('null') }} as document_id,
        contact_id,
        posting_date,
        base_amount as amount,
        base_amount as amount_in_currency
    from leftovers
),

allocations as (
    select
        company_id,
        nominal_code,
        kind,
        document_id,
        contact_id,
        posting_date,
        cast(sum(amount) as {{ money() }}) as amount,
        cast(sum(amount_in_currency) as {{ money() }}) as amount_in_currency
    from entries
    group by company_id, nominal_code, kind, document_id, contact_id, posting_date
)

select * from allocations
