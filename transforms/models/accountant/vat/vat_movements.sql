{#- What the VAT return and the reconciliation of its accounts are added up from: a ledger is long, its days few. What
    is on the VAT accounts and not the VAT of a document keeps its document, which decides what it is. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
    incremental_predicates=["{{ in_touched_months('company_id', 'month_start') }}"],
    schema='accbooks_staging'
) }}

with postings as (
    select
        ledger_postings.company_id,
        {{ first_day_of_month('ledger_postings.posting_date') }} as month_start,
        ledger_postings.posting_date,
        ledger_postings.nominal_code,
        ledger_postings.source_type,
        case
            when
                {{ on_vat_accounts('ledger_postings.nominal_code') }}
                and coalesce(ledger_postings.vat_box, 0) not in (1, 4)
                then ledger_postings.source_id
        end as source_id,
        ledger_postings.vat_box,
        ledger_postings.amount
    from {{ ref('ledger_postings') }} as ledger_postings
    where
        (
            ledger_postings.vat_box is not null
            or {{ on_vat_accounts('ledger_postings.nominal_code') }}
        )
        {%- if is_incremental() %}
        and {{ in_touched_months('ledger_postings.company_id', 'ledger_postings.posting_date') }}
        {%- endif %}
),

movements as (
    select
        company_id,
        month_start,
        posting_date,
        nominal_code,
        source_type,
        source_id,
        vat_box,
        cast(sum(amount) as {{ money() }}) as amount
    from postings
    group by company_id, month_start, posting_date, nominal_code, source_type, source_id, vat_box
)

select * from movements
