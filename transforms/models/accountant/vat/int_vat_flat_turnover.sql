{#- Turnover with VAT by flat rate and period, and the VAT due on it. -#}
{{ config(materialized='ephemeral') }}

with turnover as (
    select
        company_id,
        period_start,
        flat_rate_percent,
        max(posting_date) as last_day,
        sum(amount) as turnover
    from {{ ref('int_vat_entries') }}
    where scheme = 'flat_rate' and kind = 'document' and vat_box in (1, 6)
    group by company_id, period_start, flat_rate_percent
),

due as (
    select
        *,
        {{ base_amount('turnover', 'cast(flat_rate_percent as decimal(5, 2)) * cast(0.01 as decimal(2, 2))') }}
            as vat_due
    from turnover
)

select * from due
