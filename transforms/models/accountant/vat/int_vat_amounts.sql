{#- What the boxes of VAT returns are added up from. -#}
{{ config(materialized='ephemeral') }}

with entries as (
    select * from {{ ref('int_vat_entries') }}
),

turnover as (
    select * from {{ ref('int_vat_flat_turnover') }}
),

assets as (
    select * from {{ ref('int_vat_capital_goods') }}
    where abs(purchase) >= 2000 and vat_amount <> 0
),

amounts as (
    select
        company_id,
        period_start,
        box,
        amount
    from entries
    -- an invoice counts when it is paid, under cash accounting
    where box is not null and (scheme = 'standard' or (scheme = 'cash' and source_type <> 'invoice'))
    union all
    select
        company_id,
        period_start,
        box,
        amount
    from {{ ref('int_vat_cash_lines') }}
    {%- for source, box, amount in [
        ('turnover', 6, 'turnover'), ('turnover', 1, 'vat_due'), ('assets', 7, 'amount'), ('assets', 4, 'vat_amount'),
    ] %}
    union all
    select
        company_id,
        period_start,
        {{ box }} as box,
        {{ amount }} as amount
    from {{ source }}
    {%- endfor %}
)

select * from amounts
