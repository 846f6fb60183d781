{{ config(materialized="view") }}

{#- Signs are decided here: `sign` turns debit minus credit into the figure its statement prints. -#}
with categories as (
    select 'fixed_assets' as category, 'balance_sheet' as statement, 1 as sign
    union all
    select 'current_assets' as category, 'balance_sheet' as statement, 1 as sign
    union all
    select 'current_liabilities' as category, 'balance_sheet' as statement, -1 as sign
    union all
    select 'long_term_liabilities' as category, 'balance_sheet' as statement, -1 as sign
    union all
    select 'capital_and_reserves' as category, 'balance_sheet' as statement, -1 as sign
    union all
    select 'turnover' as category, 'profit_and_loss' as statement, -1 as sign
    union all
    select 'other_income' as category, 'profit_and_loss' as statement, -1 as sign
    union all
    select 'cost_of_sales' as category, 'profit_and_loss' as statement, 1 as sign
    union all
    select 'overheads' as category, 'profit_and_loss' as statement, 1 as sign
    union all
    select 'taxation' as category, 'profit_and_loss' as statement, 1 as sign
)

select * from categories
