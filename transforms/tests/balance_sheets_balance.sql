-- Assets less liabilities are capital, at every month-end. Until a trial balance was read the accounts' categories are
-- unknown, and with them the balance sheet.
with balance_sheet as (
    select * from {{ ref('balance_sheet') }}
    where {{ of_this_run('company_id') }}
),

named_companies as (
    select distinct company_id from {{ ref('stg_trial_balance_lines') }}
),

totals as (
    select
        balance_sheet.company_id,
        balance_sheet.as_at,
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
    inner join named_companies on balance_sheet.company_id = named_companies.company_id
    group by balance_sheet.company_id, balance_sheet.as_at
)

select * from totals
where {{ differs('net_assets', 'capital_and_reserves') }}
