{#- What is posted to the VAT accounts in each VAT quarter, and why. -#}
{{ config(materialized='ephemeral') }}

with postings as (
    select
        vat_movements.company_id,
        {{ vat_quarter_start('vat_movements.company_id', 'vat_movements.month_start') }} as period_start,
        vat_movements.nominal_code,
        -vat_movements.amount as amount,
        case
            when vat_movements.vat_box in (1, 4) then 'return'
            else vat_movements.source_type
        end as reason
    from {{ ref('vat_movements') }} as vat_movements
    where vat_movements.nominal_code in ('{{ var("vat_on_sales") }}', '{{ var("vat_on_purchases") }}')
)

select * from postings
