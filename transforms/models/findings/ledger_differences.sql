{#- The accounts and months in which the ledger holds something else than the postings of the records: sums alone,
    so that every run can afford it. A row changed in any column makes another sum, or another checksum. -#}
{%- set every_column = ledger_key() + ledger_amounts() + ledger_texts() %}
with expected as (
    select * from {{ ref('int_postings') }}
),

found as (
    select * from {{ ref('ledger_postings') }}
),

sides as (
    {%- for side in ['expected', 'found'] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        company_id,
        {{ first_day_of_month('posting_date') }} as month_start,
        nominal_code,
        sum({{ '1' if side == 'expected' else '0' }}) as expected_rows,
        sum({{ '1' if side == 'found' else '0' }}) as found_rows,
        sum({{ 'amount' if side == 'expected' else '0' }}) as expected_amount,
        sum({{ 'amount' if side == 'found' else '0' }}) as found_amount,
        sum({{ '' if side == 'expected' else '-' }}{{ checksum_of(every_column) }}) as more_checksum
    from {{ side }}
    group by company_id, {{ first_day_of_month('posting_date') }}, nominal_code
    {%- endfor %}
),

compared as (
    select
        company_id,
        month_start,
        nominal_code,
        sum(expected_rows) as expected_rows,
        sum(found_rows) as found_rows,
        sum(expected_amount) as expected_amount,
        sum(found_amount) as found_amount,
        sum(more_checksum) as more_checksum
    from sides
    group by company_id, month_start, nominal_code
),

differences as (
    select
        company_id,
        month_start,
        nominal_code,
        cast(expected_rows as bigint) as expected_rows,
        cast(found_rows as bigint) as found_rows,
        cast(expected_amount as {{ money() }}) as expected_amount,
        cast(found_amount as {{ money() }}) as found_amount
    from compared
    where
        expected_rows <> found_rows
        or expected_amount is distinct from found_amount
        or more_checksum <> 0
)

select * from differences
