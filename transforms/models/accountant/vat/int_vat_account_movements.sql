{#- What each VAT period moves the VAT accounts by, and why. -#}
{{ config(materialized='ephemeral') }}

with periods as (
    select * from {{ beside(ref('vat_periods')) }}
),

entries as (
    select * from {{ ref('int_vat_entries') }}
    where {{ on_vat_accounts('nominal_code') }}
),

-- what is posted to the VAT accounts in each VAT period, and why
postings as (
    select
        company_id,
        period_start,
        nominal_code,
        -posted as amount,
        case when kind in ('document', 'adjustment') then 'return' else source_type end as reason
    from entries
),

accounts as (
    select
        company_id,
        nominal_code,
        min(period_start) as first_period_start
    from postings
    group by company_id, nominal_code
),

periods_of_accounts as (
    select
        company_id,
        periods.period_start,
        periods.period_end,
        periods.is_standard,
        accounts.nominal_code
    from periods
    inner join accounts using (company_id)
    where periods.period_start >= accounts.first_period_start
),

movements as (
    select
        company_id,
        nominal_code,
        period_start,
        periods_of_accounts.period_end,
        periods_of_accounts.is_standard,
        sum(case when postings.reason = 'return' then postings.amount else 0 end) as vat_of_the_return,
        sum(case when postings.reason = 'transaction' then postings.amount else 0 end) as payments,
        sum(case when postings.reason = 'journal' then postings.amount else 0 end) as journals,
        sum(case when postings.reason = 'invoice' then postings.amount else 0 end) as documents,
        sum(coalesce(postings.amount, 0)) as amount
    from periods_of_accounts
    left join postings using (company_id, nominal_code, period_start)
    group by
        company_id,
        nominal_code,
        period_start,
        periods_of_accounts.period_end,
        periods_of_accounts.is_standard
)

select * from movements
