{#- The year that documents of an odd year were probably meant for. -#}
with placed as (
    select * from {{ ref('int_placed_documents') }}
),

odd_runs as (
    select * from {{ ref('int_odd_months') }}
),

odd_documents as (
    select * from {{ ref('int_odd_documents') }}
),

month_runs as (
    {{ runs_of_months(ref('months')) }}
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

odd_years as (
    select distinct
        company_id,
        odd_year,
        {{ as_text('odd_year') }} as odd_text
    from odd_documents
),

compared_years as (
    select
        company_id,
        odd_years.odd_year,
        odd_years.odd_text,
        likely_years.likely_year,
        {{ as_text('likely_years.likely_year') }} as likely_text
    from odd_years
    inner join likely_years using (company_id)
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
)

select * from guesses
