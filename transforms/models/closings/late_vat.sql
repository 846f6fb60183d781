{#- What the VAT of closed periods is otherwise than when it was closed, by the standard scheme: documents count by
    their dates. A purchase entered late is no error, because VAT is claimed when its invoice is held. -#}
with postings as (
    select * from {{ ref('int_closed_and_current_postings') }}
    where kind = 'vat' and vat_box is not null
),

documents as (
    select * from {{ ref('int_documents_since_closing') }}
    where kind = 'vat'
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

boxes as (
    select
        company_id,
        source_type,
        source_id,
        {%- for box in [1, 4, 6, 7] %}
        {{ vat_box_effect(box) }} as box_{{ box }},
        {%- endfor %}
        max(abs(amount_now)) as largest_amount
    from postings
    group by company_id, source_type, source_id
),

changes as (
    select
        documents.*,
        boxes.box_1,
        boxes.box_4,
        boxes.box_6,
        boxes.box_7,
        case
            when documents.date_when_closed <= documents.closed_through then documents.date_when_closed
            else documents.date_now
        end as date_of_period
    from boxes
    inner join documents using (company_id, source_type, source_id)
    where
        boxes.box_1 <> 0 or boxes.box_4 <> 0 or boxes.box_6 <> 0 or boxes.box_7 <> 0
        or (documents.change = 'moved' and boxes.largest_amount <> 0)
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
