{#- The amounts of a document by account, as text: "1100 120.00, 4000 -120.00". -#}
{% macro amounts_by_account(amount) -%}
    {{ dbt.listagg("nominal_code || ' ' || " ~ amount_text(amount), "', '", 'order by nominal_code') }}
{%- endmacro %}

{#- What happened to a document after its period was closed, as text after "was". -#}
{% macro change_text() -%}
    case
            when change = 'deleted' then 'deleted or voided'
            when change <> 'moved' then change
            else 'moved from ' || {{ as_text('document_date_when_closed') }}
        end
{%- endmacro %}

{#- What a changed document is called, and its dates: as it is known now, or as it was when its period was closed. It
    goes with known_as. -#}
{% macro named_documents(changes) -%}
    coalesce(known_documents.reference, {{ changes }}.number_when_closed) as document_number,
        coalesce(contacts.contact_name, {{ changes }}.contact_when_closed) as contact_name,
        {{ changes }}.document_date,
        {{ changes }}.date_when_closed as document_date_when_closed
{%- endmacro %}

{#- The joins that give changed documents their names, and when each was first seen changed. -#}
{% macro known_as(changes) -%}
    left join {{ ref('known_documents') }} as known_documents
        on
            {{ changes }}.company_id = known_documents.company_id
            and {{ changes }}.resource = known_documents.resource
            and {{ changes }}.source_id = known_documents.record_id
    left join {{ ref('stg_contacts') }} as contacts
        on
            {{ changes }}.company_id = contacts.company_id
            and known_documents.contact_id = contacts.contact_id
    left join seen
        on
            {{ changes }}.company_id = seen.company_id
            and {{ changes }}.resource = seen.resource
            and {{ changes }}.source_id = seen.record_id
{%- endmacro %}
