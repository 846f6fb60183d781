{#- What the VAT returns of closed periods are otherwise than when they were closed, by the company's own scheme. A
    purchase entered late is no error, because VAT is claimed when its invoice is held; a journal is no purchase. -#}
with changes as (
    select * from {{ ref('int_changed_vat') }}
),

seen as (
    select * from {{ ref('int_vat_seen_since_closing') }}
),

known_documents as (
    select * from {{ ref('known_documents') }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

described as (
    select
        changes.company_id,
        changes.closed_through,
        changes.period_start,
        changes.source_type,
        changes.source_id,
        coalesce(known_documents.reference, changes.number_when_closed) as document_number,
        coalesce(contacts.contact_name, changes.contact_when_closed) as contact_name,
        changes.document_date,
        changes.date_when_closed as document_date_when_closed,
        changes.change,
        case
            when
                changes.change = 'added' and changes.source_type <> 'journal'
                and changes.box_1 = 0 and changes.box_6 = 0 and changes.box_4 >= 0
                then 'late_purchase'
            else 'error'
        end as treatment,
        changes.box_1,
        changes.box_4,
        changes.box_6,
        changes.box_7,
        cast(changes.box_1 - changes.box_4 as {{ money() }}) as net_vat,
        -- no record is of a flat rate: its VAT changes with the turnover of the period
        case
            when changes.source_type = 'flat rate'
                then min(case when changes.box_6 <> 0 then seen.first_seen_at end) over (
                    partition by changes.company_id, changes.period_start
                )
            else seen.first_seen_at
        end as first_seen_at
    from changes
    left join known_documents
        on
            changes.company_id = known_documents.company_id
            and changes.resource = known_documents.resource
            and changes.source_id = known_documents.record_id
    left join contacts
        on
            changes.company_id = contacts.company_id
            and known_documents.contact_id = contacts.contact_id
    left join seen
        on
            changes.company_id = seen.company_id
            and changes.resource = seen.resource
            and changes.source_id = seen.record_id
)

select * from described
