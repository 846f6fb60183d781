{#- Net assets, and capital and reserves, of each balance sheet. -#}
-- depends_on: {{ ref('touched_companies') }}
with balance_sheet as (
    select * from {{ ref('balance_sheet') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

-- until a trial balance was read nobody can know the accounts' categories, and what was not compared is said elsewhere
named_companies as (
    select distinct company_id from {{ ref('stg_trial_balance_lines') }}
),

balance_sheet_sides as (
    select
        company_id,
        balance_sheet.as_at as period_end,
        sum(
            case
                when balance_sheet.category in ('fixed_assets', 'current_assets') then balance_sheet.amount
                when balance_sheet.category in ('current_liabilities', 'long_term_liabilities')
                    then -balance_sheet.amount
                else 0
            end
        ) as net_assets,
        sum(case when balance_sheet.category = 'capital_and_reserves' then balance_sheet.amount else 0 end)
            as capital_and_reserves
    from balance_sheet
    inner join named_companies using (company_id)
    group by company_id, balance_sheet.as_at
),

balance_sheet_totals as (
    select
        company_id,
        period_end,
        net_assets,
        capital_and_reserves,
        max(net_assets - capital_and_reserves) over (
            partition by company_id order by period_end rows between 1 preceding and 1 preceding
        ) as difference_before
    from balance_sheet_sides
)

select * from balance_sheet_totals
