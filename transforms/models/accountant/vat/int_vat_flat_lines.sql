{#- The lines of returns under the flat rate scheme: the documents of the turnover, the VAT on it, and assets bought. -#}
{{ config(materialized='ephemeral') }}
{%- set nothing = as_text('null') %}

with turnover as (
    select * from {{ ref('int_vat_postings') }}
    where scheme = 'flat_rate' and kind = 'document' and vat_box in (1, 6)
),

due as (
    select * from {{ ref('int_vat_flat_turnover') }}
),

assets as (
    select * from {{ ref('int_vat_capital_goods') }}
    where abs(purchase) >= 2000 and vat_amount <> 0
),

lines as (
    select
        company_id, posting_id as line_id, period_start, 6 as box, posting_date as tax_date, amount,
        'turnover' as kind, {{ nothing }} as reason, source_type, source_id, posting_id, nominal_code, contact_id,
        description, vat_rate
    from turnover
    union all
    select
        company_id, 'flat rate:' || {{ as_text('period_start') }} || ':' || {{ as_text('flat_rate_percent') }} as line_id,
        period_start, 1 as box, last_day as tax_date, vat_due as amount, 'flat rate' as kind,
        {{ as_text('flat_rate_percent') }} || ' % of ' || {{ amount_text('turnover') }} || ' with VAT' as reason,
        {{ nothing }} as source_type, {{ nothing }} as source_id, {{ nothing }} as posting_id,
        {{ nothing }} as nominal_code, {{ nothing }} as contact_id, {{ nothing }} as description,
        {{ nothing }} as vat_rate
    from due
    {%- for box, amount, prefix in [(7, 'amount', ''), (4, 'vat_amount', 'vat_')] %}
    union all
    select
        company_id, {{ prefix }}posting_id as line_id, period_start, {{ box }} as box, posting_date as tax_date,
        {{ amount }} as amount, 'capital goods' as kind,
        'An asset, in a purchase of ' || {{ amount_text('purchase') }}
        || ' with VAT: check that it is goods, and not for resale or hire.' as reason,
        source_type, source_id, {{ prefix }}posting_id as posting_id, {{ prefix }}nominal_code as nominal_code,
        contact_id, description, vat_rate
    from assets
    {%- endfor %}
)

select * from lines
