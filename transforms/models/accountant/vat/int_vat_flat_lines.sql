{#- The lines of returns under the flat rate scheme: documents of the turnover, the VAT on it, and assets bought. -#}
{{ config(materialized='ephemeral') }}
{%- set columns = [
    'company_id', 'line_id', 'period_start', 'box', 'tax_date', 'amount', 'kind', 'reason', 'source_type', 'source_id',
    'posting_id', 'nominal_code', 'contact_id', 'description', 'vat_rate',
] %}

with settings as (
    select * from {{ ref('int_vat_settings') }}
    where scheme = 'flat_rate'
),

turnover as (
    select
        company_id,
        posting_id as line_id,
        period_start,
        6 as box,
        posting_date as tax_date,
        amount,
        'turnover' as kind,
        {{ as_text('null') }} as reason,
        source_type,
        source_id,
        posting_id,
        nominal_code,
        contact_id,
        description,
        vat_rate
    from {{ vat_postings() }}
    where
        scheme = 'flat_rate'
        and kind = 'document'
        and vat_box in (1, 6)
        -- so that a database reads no postings of companies under other schemes
        and company_id in (select settings.company_id from settings)
),

due as (
    select
        company_id,
        period_start,
        'flat rate:' || {{ as_text('period_start') }} || ':' || {{ as_text('flat_rate_percent') }} as line_id,
        1 as box,
        last_day as tax_date,
        vat_due as amount,
        'flat rate' as kind,
        {%- for column in columns[8:] %}
        {{ as_text('null') }} as {{ column }},
        {%- endfor %}
        {{ as_text('flat_rate_percent') }} || ' % of ' || {{ amount_text('turnover') }} || ' with VAT' as reason
    from {{ ref('int_vat_flat_turnover') }}
),

{% for box, amount, prefix in [(7, 'amount', ''), (4, 'vat_amount', 'vat_')] %}
assets_in_box_{{ box }} as (
    select
        company_id,
        {{ prefix }}posting_id as line_id,
        period_start,
        {{ box }} as box,
        posting_date as tax_date,
        {{ amount }}{{ ' as amount' if prefix }},
        'capital goods' as kind,
        'An asset, in a purchase of ' || {{ amount_text('purchase') }}
        || ' with VAT: check that it is goods, and not for resale or hire.' as reason,
        source_type,
        source_id,
        {{ prefix }}posting_id{{ ' as posting_id' if prefix }},
        {{ prefix }}nominal_code{{ ' as nominal_code' if prefix }},
        contact_id,
        description,
        vat_rate
    from {{ ref('int_vat_capital_goods') }}
    where abs(purchase) >= 2000 and vat_amount <> 0
),
{% endfor %}

lines as (
    {%- for source in ['turnover', 'due', 'assets_in_box_7', 'assets_in_box_4'] %}
    select
        {{ columns | join(',\n        ') }}
    from {{ source }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from lines
