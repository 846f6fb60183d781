{#- Which documents AccBooks' allocations set against which is decided here, because the API does not tell: within the
    contact, the oldest first, from the later of the two dates on. What finds no counterpart is taken off its document
    all the same, and unallocated. -#}
with documents as (
    select * from {{ ref('int_allocated_documents') }}
),

-- the stretch of its side that a document takes, when all are laid end to end
sides as (
    select
        company_id,
        nominal_code,
        document_id,
        contact_id,
        currency,
        rate,
        document_date,
        amount > 0 as is_debit,
        abs(amount) as size,
        sum(abs(amount)) over (
            partition by company_id, nominal_code, contact_id, currency, amount > 0
            order by case when is_overpaid then 1 else 0 end, document_date, document_id
            rows between unbounded preceding and current row
        ) as ends_at
    from documents
),

pairs as (
    select
        debits.company_id,
        debits.nominal_code,
        debits.document_id as debit_id,
        debits.rate as debit_rate,
        credits.document_id as credit_id,
        credits.rate as credit_rate,
        greatest(debits.document_date, credits.document_date) as posting_date,
        least(debits.ends_at, credits.ends_at)
        - greatest(debits.ends_at - debits.size, credits.ends_at - credits.size) as amount
    from sides as debits
    inner join sides as credits
        on
            debits.company_id = credits.company_id
            and debits.nominal_code = credits.nominal_code
            and debits.contact_id = credits.contact_id
            and debits.currency = credits.currency
            and debits.ends_at > credits.ends_at - credits.size
            and credits.ends_at > debits.ends_at - debits.size
    where debits.is_debit and not credits.is_debit
),

valued as (
    select
        pairs.*,
        {{ base_amount('pairs.amount', 'pairs.debit_rate') }} as debit_amount,
        {{ base_amount('pairs.amount', 'pairs.credit_rate') }} as credit_amount
    from pairs
),

matched as (
    select
        company_id,
        nominal_code,
        debit_id as document_id,
        posting_date,
        -debit_amount as amount,
        -amount as amount_in_currency
    from valued
    union all
    select
        company_id,
        nominal_code,
        credit_id as document_id,
        posting_date,
        credit_amount as amount,
        amount as amount_in_currency
    from valued
),

matched_of_documents as (
    select
        company_id,
        document_id,
        sum(amount_in_currency) as amount
    from matched
    group by company_id, document_id
),

-- an overpayment that nothing was allocated from stays on its document
leftovers as (
    select
        documents.company_id,
        documents.nominal_code,
        documents.document_id,
        documents.contact_id,
        documents.document_date as posting_date,
        documents.amount + coalesce(matched_of_documents.amount, 0) as amount,
        {{ base_amount('documents.amount + coalesce(matched_of_documents.amount, 0)', 'documents.rate') }}
            as base_amount
    from documents
    left join matched_of_documents
        on
            documents.company_id = matched_of_documents.company_id
            and documents.document_id = matched_of_documents.document_id
    where not documents.is_overpaid and documents.amount + coalesce(matched_of_documents.amount, 0) <> 0
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
