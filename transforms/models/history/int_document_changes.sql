{#- The documents that changed, as they were and as they are. -#}
{{ config(materialized='ephemeral', full_refresh=false) }}
{%- set known = held_relation('known_documents') %}
{%- set built = held_relation('ledger_inputs') %}
{%- set attributes = [
    'document_date', 'contact_id', 'reference', 'description', 'status', 'currency', 'amount', 'nominal_codes'
] %}
with documents as (
    select * from {{ ref('int_documents') }}
),

changed_documents as (
    select * from {{ ref('changed_documents') }}
    where change in ('added', 'changed', 'deleted')
),

known_documents as (
    select * from {{ known or ref('int_documents') }}
    {%- if not known %}
    where 1 = 0
    {%- endif %}
),

-- what a company's first build finds is no change; one that was built may have had no document
known_companies as (
    select {{ 'distinct ' if not built }}company_id from {{ known or ref('int_documents') }}
    {%- if not known %}
    where 1 = 0
    {%- elif built %}
    union distinct
    select company_id from {{ built }}
    {%- endif %}
),

pairs as (
    select
        company_id,
        resource,
        record_id,
        {%- for attribute in attributes %}
        known_documents.{{ attribute }} as old_{{ attribute }},
        documents.{{ attribute }} as new_{{ attribute }},
        {%- endfor %}
        changed_documents.change,
        changed_documents.version
    from changed_documents
    inner join known_companies using (company_id)
    left join documents using (company_id, resource, record_id)
    left join known_documents using (company_id, resource, record_id)
)

select * from pairs
