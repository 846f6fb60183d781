{#- What each VAT quarter moves the VAT accounts by, and why. -#}
{{ config(materialized='ephemeral') }}

with months as (
    select * from {{ beside(ref('months')) }}
),

-- what is posted to the VAT accounts in each VAT quarter, and why
postings as (
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
),

accounts as (
    select
        company_id,
        nominal_code,
        min(period_start) as first_period_start
    from postings
    group by company_id, nominal_code
),

quarters as (
    select distinct
        months.company_id,
        accounts.nominal_code,
        {{ vat_quarter_start('months.company_id', 'months.month_start') }} as period_start
    from months
    inner join accounts using (company_id)
    where {{ dbt.last_day('months.month_start', 'month') }} >= accounts.first_period_start
),

movements as (
    select
        quarters.company_id,
        quarters.nominal_code,
        quarters.period_start,
        sum(case when postings.reason = 'return' then postings.amount else 0 end) as vat_of_the_return,
        sum(case when postings.reason = 'transaction' then postings.amount else 0 end) as payments,
        sum(case when postings.reason = 'journal' then postings.amount else 0 end) as journals,
        sum(case when postings.reason = 'invoice' then postings.amount else 0 end) as documents,
        sum(coalesce(postings.amount, 0)) as amount
    from quarters
    left join postings using (company_id, nominal_code, period_start)
    group by quarters.company_id, quarters.nominal_code, quarters.period_start
)

select * from movements
