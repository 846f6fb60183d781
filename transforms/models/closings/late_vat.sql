{#- What the VAT of closed periods is otherwise than when it was closed, by the standard scheme: documents count by
    their dates. A purchase entered late is no error, because VAT is claimed when its invoice is held. -#}
with changed_postings as (
    select * from {{ ref('int_changed_postings') }}
    where kind = 'vat' and vat_box is not null
),

seen as (
    select * from {{ ref('int_seen_since_closing') }}
    where kind = 'vat'
),

known_documents as (
    select * from {{ ref('known_documents') }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

changes as (
    select
        company_id,
        closed_through,
        source_type,
        source_id,
        resource,
        document_date,
        date_when_closed,
        change,
        number_when_closed,
        contact_when_closed,
        {{ vat_box_effect(1) }} as box_1,
        {{ vat_box_effect(4) }} as box_4,
        {{ vat_box_effect(6) }} as box_6,
        {{ vat_box_effect(7) }} as box_7,
        case when date_when_closed <= closed_through then date_when_closed else date_now end as date_of_period
    from changed_postings
    group by
        company_id,
        closed_through,
        source_type,
        source_id,
        resource,
        document_date,
        date_when_closed,
        date_now,
        change,
        number_when_closed,
        contact_when_closed
),

described as (
    select
        changes.company_id,
        changes.closed_through,
        {{ vat_quarter_start('changes.company_id', 'changes.date_of_period') }} as period_start,
        changes.source_type,
        changes.source_id,
        coalesce(known_documents.reference, changes.number_when_closed) as document_number,
        coalesce(contacts.contact_name, changes.contact_when_closed) as contact_name,
        changes.document_date,
        changes.date_when_closed as document_date_when_closed,
        changes.change,
        case
            when changes.change = 'added' and changes.box_1 = 0 and changes.box_6 = 0 and changes.box_4 >= 0
                then 'late_purchase'
            else 'error'
        end as treatment,
        changes.box_1,
        changes.box_4,
        changes.box_6,
        changes.box_7,
        cast(changes.box_1 - changes.box_4 as {{ money() }}) as net_vat,
        seen.first_seen_at
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
