{#- The changed documents in one shape, as AccBooks tells them; that they are of touched months is said for the
    planner's sake. -#}
-- depends_on: {{ ref('touched_months') }}
with changed_documents as (
    select * from {{ ref('changed_documents') }}
),

lines as (
    select * from {{ ref('int_document_lines') }}
),

line_totals as (
    select * from {{ ref('int_document_totals') }}
),

parents as (
    select * from {{ ref('int_documents_with_lines') }}
),

transactions as (
    {{ rows_of_changed_documents(ref('stg_transactions'), 'transactions', 'transaction_id', 'transaction_date') }}
),

nominals as (
    select distinct
        company_id,
        resource,
        record_id,
        nominal_code
    from lines
    where nominal_code is not null
),

nominal_lists as (
    select
        company_id,
        resource,
        record_id,
        {{ dbt.listagg('nominal_code', "', '", 'order by nominal_code') }} as nominal_codes
    from nominals
    group by company_id, resource, record_id
),

documents as (
    select
        company_id,
        'transactions' as resource,
        transaction_id as record_id,
        transaction_date as document_date,
        contact_id,
        reference,
        description,
        status,
        currency,
        cast(amount as {{ money() }}) as amount,
        nominal_code as nominal_codes,
        version
    from transactions
    union all
    select
        company_id,
        resource,
        record_id,
        parents.document_date,
        parents.contact_id,
        parents.reference,
        parents.description,
        parents.status,
        parents.currency,
        cast(coalesce(parents.amount, line_totals.amount) as {{ money() }}) as amount,
        nominal_lists.nominal_codes,
        parents.version
    from parents
    left join line_totals using (company_id, resource, record_id)
    left join nominal_lists using (company_id, resource, record_id)
)

select * from documents
