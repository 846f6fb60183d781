{#- What the journals on the VAT accounts are, by the other accounts they move: a return's VAT goes to another account
    of what is owed, but for pennies, or from one VAT account to the other; all else is an adjustment. -#}
{{ config(materialized='ephemeral') }}

with touching as (
    select distinct
        company_id,
        source_id as journal_id
    from {{ ref('vat_movements') }}
    where source_type = 'journal' and source_id is not null
),

journals as (
    select * from {{ ref('stg_journals') }}
),

accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

lines as (
    select
        touching.company_id,
        touching.journal_id,
        case
            when postings.nominal_code = '{{ var("vat_on_sales") }}' then 'vat on sales'
            when postings.nominal_code = '{{ var("vat_on_purchases") }}' then 'vat on purchases'
            when postings.nominal_code in ('{{ var("trade_debtors") }}', '{{ var("trade_creditors") }}') then 'other'
            when accounts.category in ('current_assets', 'current_liabilities') then 'owed'
            else 'other'
        end as place,
        postings.amount
    from touching
    inner join {{ ref('ledger_postings') }} as postings
        on
            touching.company_id = postings.company_id
            and postings.source_type = 'journal'
            and touching.journal_id = postings.source_id
    left join accounts
        on
            postings.company_id = accounts.company_id
            and postings.nominal_code = accounts.nominal_code
),

sums as (
    select
        company_id,
        journal_id,
        sum(case when place = 'vat on sales' then amount else 0 end) as on_sales,
        sum(case when place = 'owed' then abs(amount) else 0 end) as owed,
        sum(case when place = 'other' then abs(amount) else 0 end) as other
    from lines
    group by company_id, journal_id
),

treated as (
    select
        sums.company_id,
        sums.journal_id,
        case
            when journals.journal_type = 'opening' then 'opening'
            when sums.owed > 0 and sums.other < 1 then 'transfer'
            when sums.owed = 0 and sums.other = 0 and sums.on_sales > 0 then 'transfer'
            else 'adjustment'
        end as treatment,
        sums.owed = 0 and sums.other = 0 and sums.on_sales < 0 as is_reverse_charge
    from sums
    left join journals
        on
            sums.company_id = journals.company_id
            and sums.journal_id = journals.journal_id
)

select * from treated
