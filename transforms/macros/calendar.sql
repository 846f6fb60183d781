{#- The periods of the books, decided here. A month with postings, and that of the run, is compared with AccBooks by
    itself; the months between two such are an empty stretch. The Python side of the same rules is
    sources/accbooks/books_calendar.py. -#}

{#- Whether an empty stretch of so many months is left out of the monthly models: it is longer than ten years. -#}
{% macro is_left_out(empty_months) -%} {{ empty_months }} > 120 {%- endmacro %}

{#- Whether a row of debits and credits posts anything; a missing amount may be any. -#}
{% macro posts_an_amount(debit, credit) -%}
    ({{ debit }} is null or {{ debit }} <> 0 or {{ credit }} is null or {{ credit }} <> 0)
{%- endmacro %}

{#- A query for the months of each company that follow each other without one left out, as runs of months: one as a
    rule, and one more for each long empty stretch. -#}
{% macro runs_of_months(months) -%}
    select
        company_id,
        run_number,
        min(month_start) as first_month,
        max(month_start) as last_month,
        {{ dbt.last_day('max(month_start)', 'month') }} as last_day
    from (
        select
            company_id,
            month_start,
            sum(case when month_start = {{ add_months('month_before', '1') }} then 0 else 1 end) over (
                partition by company_id
                order by month_start
                rows between unbounded preceding and current row
            ) as run_number
        from (
            select
                company_id,
                month_start,
                max(month_start) over (
                    partition by company_id
                    order by month_start
                    rows between 1 preceding and 1 preceding
                ) as month_before
            from {{ months }}
        ) as months_in_order
    ) as numbered_months
    group by company_id, run_number
{%- endmacro %}

{#- The day of a calendar year on which a financial year ends: 02-29 is the last day of February, 02-28 stays the 28th in
    a leap year. -#}
{% macro year_end_in(year, month, day) -%}
    least({{ date_of(year, month, '1') }} + {{ day }} - 1, {{ dbt.last_day(date_of(year, month, '1'), 'month') }})
{%- endmacro %}
