{#- What the VAT return and the reconciliation of its accounts are added up from: a ledger is long, its months few. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    incremental_predicates=["{{ in_touched_months('company_id', 'month_start') }}"],
    schema='accbooks_staging'
) }}

with postings as (
    select
        ledger_postings.company_id,
        {{ first_day_of_month('ledger_postings.posting_date') }} as month_start,
        ledger_postings.nominal_code,
        ledger_postings.source_type,
        ledger_postings.vat_box,
        ledger_postings.amount
    from {{ ref('ledger_postings') }} as ledger_postings
    where
        (
            ledger_postings.vat_box is not null
            or ledger_postings.nominal_code in ('{{ var("vat_on_sales") }}', '{{ var("vat_on_purchases") }}')
        )
        {%- if is_incremental() %}
        and {{ in_touched_months('ledger_postings.company_id', 'ledger_postings.posting_date') }}
        {%- endif %}
),

movements as (
    select
        company_id,
        month_start,
        nominal_code,
        source_type,
        vat_box,
        cast(sum(amount) as {{ money() }}) as amount
    from postings
    group by company_id, month_start, nominal_code, source_type, vat_box
)

select * from movements
