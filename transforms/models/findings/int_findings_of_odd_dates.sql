{#- Documents dated more than ten years before or after all others: probably a slip of the pen in the year. Of the
    months on either side of a stretch that is left out, those with fewer documents are the odd ones; beyond today, all.
    The likely year is one of the others that has the same digits, or one digit more. -#}
{{ config(materialized='ephemeral') }}
{%- set most_named = 20 %}
with odd_documents as (
    select * from {{ ref('int_odd_documents') }}
),

guesses as (
    select * from {{ ref('int_likely_years') }}
),

findings as (
    select
        company_id,
        'posting_far_from_all_others' as check_name,
        odd_documents.source_type || 's' as resource,
        odd_documents.source_id as record_id,
        {{ as_text('null') }} as report,
        odd_documents.posting_date as period_start,
        odd_documents.posting_date as period_end,
        {{ as_text('null') }} as nominal_code,
        {{ as_text('guesses.likely_year') }} as expected,
        {{ as_text('odd_documents.posting_date') }} as found,
        case odd_documents.source_type
            when 'invoice' then 'Invoice ' when 'journal' then 'Journal ' else 'Transaction '
        end
        || odd_documents.source_id || ' is dated ' || {{ as_text('odd_documents.posting_date') }}
        || coalesce(
            ': perhaps ' || {{ as_text('guesses.likely_year') }} || '?', ', more than ten years from all others.'
        )
        || ' The months between it and the other postings are left out of the monthly models.'
        || ' If the date is wrong, change it in AccBooks.' as message
    from odd_documents
    left join guesses using (company_id, odd_year)
    where odd_documents.position <= {{ most_named }}
)

select * from findings
