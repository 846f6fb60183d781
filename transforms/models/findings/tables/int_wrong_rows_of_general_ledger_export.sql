{#- Every posting is there once, and the last running balance of an account is what it stands at. -#}
with lines as (
    select * from {{ ref('general_ledger_export') }}
),

last_lines as (
    select
        company_id,
        nominal_code,
        running_balance,
        row_number() over (
            partition by company_id, nominal_code
            order by posting_date desc, source_type desc, source_id desc, line_number desc
        ) as recency
    from lines
),

sides as (
    select
        company_id,
        nominal_code,
        1 as expected_lines,
        0 as found_lines,
        amount as expected,
        0 as found
    from {{ ref('ledger_postings') }}
    union all
    select
        company_id,
        nominal_code,
        0 as expected_lines,
        1 as found_lines,
        0 as expected,
        0 as found
    from lines
    union all
    select
        company_id,
        nominal_code,
        0 as expected_lines,
        0 as found_lines,
        0 as expected,
        running_balance as found
    from last_lines
    where recency = 1
),

compared as (
    select
        company_id,
        nominal_code,
        sum(expected_lines) as expected_lines,
        sum(found_lines) as found_lines,
        sum(expected) as expected,
        sum(found) as found
    from sides
    group by company_id, nominal_code
),

differences as (
    select
        'general_ledger_export' as table_name,
        company_id,
        {{ as_text('null') }} as record_id,
        cast(null as date) as period,
        nominal_code,
        'running balance' as measure,
        {{ amount_text('expected') }} || ' in ' || {{ as_text('expected_lines') }} || ' rows' as expected,
        {{ amount_text('found') }} || ' in ' || {{ as_text('found_lines') }} || ' rows' as found
    from compared
    where expected_lines <> found_lines or expected is distinct from found
)

select * from differences
