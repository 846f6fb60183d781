{#- What AccBooks calls settled of a document and no payment settles: it is allocated to another document of the
    contact. An overpaid document of which AccBooks shows nothing to be paid back is one that gave to another. -#}
with described as (
    select * from {{ ref('int_control_account_documents') }}
),

-- as the document's own reader sees it: an amount is what it is for, and what is overpaid is negative
settled as (
    select
        company_id,
        nominal_code,
        document_id,
        contact_id,
        currency,
        rate,
        document_date,
        last_paid_on,
        direction,
        posted,
        direction * outstanding as still_open,
        direction * (posted - outstanding) as paid,
        coalesce(coalesce(gross_total, direction * posted) - amount_due, amount_paid) as called_settled
    from described
),

allocated as (
    select
        company_id,
        nominal_code,
        document_id,
        contact_id,
        currency,
        rate,
        document_date,
        last_paid_on,
        -- never more than is open by the ledger
        direction * case
            when still_open >= 0 then greatest(0, least(still_open, called_settled - paid))
            else least(0, greatest(still_open, called_settled - paid))
        end as amount,
        posted
    from settled
    where rate is not null
),

documents as (
    select
        company_id,
        nominal_code,
        document_id,
        contact_id,
        currency,
        rate,
        document_date,
        -- what is overpaid is there to be given when it is paid
        case
            when amount * posted < 0 then greatest(document_date, coalesce(last_paid_on, document_date))
            else document_date
        end as given_from,
        amount,
        amount * posted < 0 as is_overpaid
    from allocated
    where amount <> 0
)

select * from documents
