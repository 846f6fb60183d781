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
        general_ledger.company_id,
        {{ first_day_of_month('general_ledger.posting_date') }} as month_start,
        general_ledger.nominal_code,
        general_ledger.source_type,
        general_ledger.vat_box,
        general_ledger.amount
    from {{ ref('general_ledger') }} as general_ledger
    where
        (
            general_ledger.vat_box is not null
            or general_ledger.nominal_code in ('{{ var("vat_on_sales") }}', '{{ var("vat_on_purchases") }}')
        )
        {%- if is_incremental() %}
        and {{ in_touched_months('general_ledger.company_id', 'general_ledger.posting_date') }}
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
