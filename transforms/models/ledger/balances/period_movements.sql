-- depends_on: {{ ref('touched_months') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
    incremental_predicates=["{{ in_touched_months('company_id', 'month_start') }}"]
) }}

with postings as (
    select
        ledger_postings.company_id,
        {{ first_day_of_month('ledger_postings.posting_date') }} as month_start,
        ledger_postings.posting_date,
        ledger_postings.nominal_code,
        ledger_postings.debit,
        ledger_postings.credit
    from {{ ref('ledger_postings') }} as ledger_postings
    {%- if is_incremental() %}
    where {{ in_touched_months('ledger_postings.company_id', 'ledger_postings.posting_date') }}
    {%- endif %}
),

year_ends as (
    select * from {{ ref('int_year_ends') }}
),

days as (
    select
        company_id,
        month_start,
        posting_date,
        nominal_code,
        sum(debit) as debit,
        sum(credit) as credit
    from postings
    group by company_id, month_start, posting_date, nominal_code
),

-- a year may end in the middle of a month, which is then two periods
split_days as (
    select
        company_id,
        days.month_start,
        case
            when
                year_ends.year_end_month = {{ month_of('days.month_start') }}
                and days.posting_date
                > least(days.month_start + year_ends.year_end_day - 1, {{ dbt.last_day('days.month_start', 'month') }})
                then days.month_start + year_ends.year_end_day
            else days.month_start
        end as period_start,
        days.nominal_code,
        days.debit,
        days.credit
    from days
    left join year_ends using (company_id)
),

movements as (
    select
        company_id,
        month_start,
        period_start,
        nominal_code,
        cast(sum(debit) as {{ money() }}) as debit,
        cast(sum(credit) as {{ money() }}) as credit
    from split_days
    group by company_id, month_start, period_start, nominal_code
)

select * from movements
