{#- Records with values that AccBooks does not document, or that cannot be read, one row per check. -#}
{%- set quote = 'chr(39)' %}
{%- set undocumented = "', which AccBooks' || " ~ quote ~ " || ' API does not document. '" %}
with unknown_values as (
    select
        company_id,
        check_name,
        resource,
        record_id,
        field,
        field || ': ' || documented as expected,
        field || ': ' || found as found,
        field || ' ' || {{ quote }} || substring(found, 1, 100) || {{ quote }} as phrase,
        consequence
    from {{ ref('int_unknown_values') }}
),

unreadable_fields as (
    select
        company_id,
        resource,
        record_id,
        coalesce('line ' || {{ as_text('line_number') }} || ' ', '') || field || ': ' || found as found,
        coalesce('line ' || {{ as_text('line_number') }} || ' ', '') || field || ' ' || substring(found, 1, 100)
            as phrase
    from {{ ref('int_unreadable_fields') }}
),

odd_records as (
    select
        company_id,
        check_name,
        resource,
        record_id,
        {{ dbt.listagg('expected', "'; '", 'order by found') }} as expected,
        {{ dbt.listagg('found', "'; '", 'order by found') }} as found,
        ' has ' || {{ dbt.listagg('phrase', "' and '", 'order by found') }} || {{ undocumented }}
        || max(consequence) || ' Look it up in AccBooks, and run `accbooks check`.' as what
    from unknown_values
    group by company_id, check_name, resource, record_id
    union all
    select
        company_id,
        'unreadable_field' as check_name,
        resource,
        record_id,
        {{ as_text('null') }} as expected,
        {{ dbt.listagg('found', "'; '", 'order by found') }} as found,
        ' has a value that cannot be read: ' || {{ dbt.listagg('phrase', "', '", 'order by found') }}
        || '. Nothing in the ledger follows from it, so the record is kept without it. Correct it in AccBooks.' as what
    from unreadable_fields
    group by company_id, resource, record_id
)

select * from odd_records
