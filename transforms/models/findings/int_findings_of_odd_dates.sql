{#- Documents dated more than ten years before or after all others: probably a slip of the pen in the year. Of the
    months on either side of a stretch that is left out, those with fewer documents are the odd ones; beyond today, all.
    The likely year is one of the others that has the same digits, or one digit more. -#}
{%- set most_named = 20 %}
{{ config(materialized='ephemeral') }}

with month_runs as (
    {{ runs_of_months(ref('months')) }}
),

companies_with_gaps as (
    select distinct company_id from month_runs
    where run_number > 1
),

documents as (
    select
        company_id,
        source_type,
        source_id,
        posting_date
    from {{ ref('general_ledger') }}
    where
        {{ posts_an_amount('debit', 'credit') }}
        and company_id in (select companies_with_gaps.company_id from companies_with_gaps)
    group by company_id, source_type, source_id, posting_date
),

placed as (
    select
        documents.*,
        month_runs.run_number,
        month_runs.first_month
    from documents
    inner join month_runs
        on
            documents.company_id = month_runs.company_id
            and documents.posting_date between month_runs.first_month and month_runs.last_day
),

counted_runs as (
    select
        company_id,
        run_number,
        first_month,
        count(*) as number_of_documents
    from placed
    group by company_id, run_number, first_month
),

-- of as many, those not in the future, and of these the latest
ranked_runs as (
    select
        counted_runs.*,
        row_number() over (
            partition by counted_runs.company_id
            order by
                case when counted_runs.first_month > {{ day_of_reading() }} then 1 else 0 end asc,
                counted_runs.number_of_documents desc,
                counted_runs.first_month desc
        ) as place
    from counted_runs
),

odd_runs as (
    select * from ranked_runs
    where
        place > 1
        or first_month > {{ day_of_reading() }}
        -- books are not kept for so long
        or first_month < {{ date_of('1900', '1', '1') }}
),

likely_years as (
    select distinct
        placed.company_id,
        {{ year_of('placed.posting_date') }} as likely_year
    from placed
    left join odd_runs
        on
            placed.company_id = odd_runs.company_id
            and placed.run_number = odd_runs.run_number
    where odd_runs.company_id is null
    union distinct
    select
        company_id,
        {{ year_of(day_of_reading()) }} as likely_year
    from month_runs
),

odd_documents as (
    select
        placed.*,
        {{ year_of('placed.posting_date') }} as odd_year,
        row_number() over (
            partition by placed.company_id, placed.run_number
            order by placed.posting_date, placed.source_type, placed.source_id
        ) as position
    from placed
    inner join odd_runs
        on
            placed.company_id = odd_runs.company_id
            and placed.run_number = odd_runs.run_number
),

odd_years as (
    select distinct
        company_id,
        odd_year,
        {{ as_text('odd_year') }} as odd_text
    from odd_documents
),

compared_years as (
    select
        odd_years.company_id,
        odd_years.odd_year,
        odd_years.odd_text,
        likely_years.likely_year,
        {{ as_text('likely_years.likely_year') }} as likely_text
    from odd_years
    inner join likely_years on odd_years.company_id = likely_years.company_id
),

guesses as (
    select
        company_id,
        odd_year,
        max(likely_year) as likely_year
    from compared_years
    where
        (
            {%- for digit in range(10) %}
            {{ 'and ' if not loop.first }}length(replace(odd_text, '{{ digit }}', ''))
            = length(replace(likely_text, '{{ digit }}', ''))
            {%- endfor %}
        )
        {%- for place in range(1, 5) %}
        or substring(likely_text, 1, {{ place - 1 }}) || substring(likely_text, {{ place + 1 }}, 4) = odd_text
        {%- endfor %}
    group by company_id, odd_year
),

findings as (
    select
        odd_documents.company_id,
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
    left join guesses
        on
            odd_documents.company_id = guesses.company_id
            and odd_documents.odd_year = guesses.odd_year
    where odd_documents.position <= {{ most_named }}
)

select * from findings
