{#- What is wrong with records and their fields; each harms nothing but its own record. A record has one row per check,
    which names all its fields. -#}
{{ config(materialized='view', schema='accbooks_staging') }}
{%- set categories = [
    'fixed_assets', 'current_assets', 'current_liabilities', 'long_term_liabilities', 'capital_and_reserves',
    'turnover', 'cost_of_sales', 'other_income', 'overheads', 'taxation',
] %}
{%- set nouns = {
    'company': 'Company', 'contacts': 'Contact', 'bank_accounts': 'Bank account', 'transactions': 'Transaction',
    'invoices': 'Invoice', 'journals': 'Journal',
} %}
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

rejected_records as (
    select
        company_id,
        resource,
        record_id,
        record_date,
        reason,
        count(*) as number_of_records
    from {{ ref('stg_rejected_records') }}
    group by company_id, resource, record_id, record_date, reason
),

odd_accounts as (
    select * from {{ ref('int_named_accounts') }}
    where category not in {{ quoted(categories) }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
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
),

findings as (
    select
        odd_records.company_id,
        odd_records.check_name,
        odd_records.resource,
        odd_records.record_id,
        cast(null as date) as record_date,
        {{ as_text('null') }} as nominal_code,
        odd_records.expected,
        odd_records.found,
        case odd_records.resource
            {%- for resource, noun in nouns.items() %}
            when '{{ resource }}' then '{{ noun }} '
            {%- endfor %}
        end
        || coalesce(invoices.invoice_number || ' (' || odd_records.record_id || ')', odd_records.record_id)
        || odd_records.what as message
    from odd_records
    left join invoices
        on
            odd_records.company_id = invoices.company_id
            and odd_records.record_id = invoices.invoice_id
            and odd_records.resource = 'invoices'
    union all
    select
        company_id,
        'rejected_record' as check_name,
        resource,
        record_id,
        record_date,
        {{ as_text('null') }} as nominal_code,
        {{ as_text('null') }} as expected,
        reason as found,
        case resource
            {%- for resource, noun in nouns.items() %}
            when '{{ resource }}' then '{{ noun }} '
            {%- endfor %}
        end
        || coalesce(nullif(record_id, ''), 'without an id that can be kept')
        || coalesce(', dated ' || {{ as_text('record_date') }} || ',', '')
        || ' is not in the warehouse: ' || substring(reason, 1, 300)
        || case when number_of_records > 1 then ' (' || {{ as_text('number_of_records') }} || ' records)' else '' end
        || case
            when record_date is not null or resource not in ('transactions', 'invoices', 'journals')
                then '. Correct it in AccBooks; the next sync reads it again.'
            when nullif(record_id, '') is null
                then
                    '. Without an id and a date it cannot be asked for: correct it in AccBooks, then run'
                    || ' `accbooks sync --from 1900-01-01`.'
            else '. Correct it in AccBooks; a sync asks for it by its id, for ten such records a run.'
        end as message
    from rejected_records
    union all
    select
        company_id,
        'unknown_value' as check_name,
        'reports' as resource,
        {{ as_text('null') }} as record_id,
        cast(null as date) as record_date,
        nominal_code,
        'category: {{ categories | join(", ") }}' as expected,
        'category: ' || category as found,
        'Nominal account ' || nominal_code || coalesce(' (' || name || ')', '') || ' has category '
        || {{ quote }} || substring(category, 1, 100) || {{ quote }} || {{ undocumented }}
        || 'It is in the trial balance and in no other statement. Run `accbooks check`.' as message
    from odd_accounts
),

shaped as (
    select
        company_id,
        check_name,
        resource,
        record_id,
        {{ as_text('null') }} as report,
        cast(null as date) as period_start,
        record_date as period_end,
        nominal_code,
        expected,
        found,
        message
    from findings
)

select * from shaped
