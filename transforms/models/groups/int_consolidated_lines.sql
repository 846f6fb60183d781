{{ config(enabled=var('accbooks_groups', '') != '') }}
{#- The movements of a group by line. What is eliminated moves into the line of its pair, which shows what is left of
    it: an investment against the capital and reserves before the acquisition leaves goodwill, other pairs should leave
    nothing. -#}
with shares as (
    select * from {{ ref('int_group_shares') }}
),

accounts as (
    select * from {{ ref('int_group_accounts') }}
),

sides as (
    select * from {{ ref('int_group_eliminations') }}
),

placed as (
    select
        shares.*,
        coalesce(
            sides.pair_company_id,
            case when shares.part = 'earlier' then shares.parent_id else shares.company_id end
        ) as account_company_id,
        coalesce(
            sides.pair_code,
            case when shares.part = 'earlier' then '{{ var("retained_earnings") }}' else shares.nominal_code end
        ) as account_code,
        case
            when sides.line_type is not null then sides.line_type
            when shares.part = 'before' then 'capital_before_acquisition'
            when shares.part = 'translation' then 'translation_reserve'
            when shares.part = 'minority' then 'minority_interest'
            else 'account'
        end as line_type
    from shares
    left join sides
        on
            shares.group_name = sides.group_name
            and shares.company_id = sides.company_id
            -- what was earned before the group's first month is in reserves, and no profit that a pair could take
            and shares.part not in ('translation', 'minority', 'earlier')
            and not (shares.part = 'earlier_capital' and sides.is_of_profit)
            and coalesce(shares.nominal_code, '') = coalesce(sides.nominal_code, '')
),

lines as (
    select
        placed.group_name,
        placed.parent_id,
        placed.month_start,
        placed.line_type,
        case
            when placed.line_type in ('account', 'goodwill', 'elimination_difference')
                then coalesce(accounts.group_code, placed.account_code)
        end as nominal_code,
        case placed.line_type
            when 'goodwill' then 'Goodwill'
            when 'elimination_difference'
                then 'Not eliminated: ' || coalesce(accounts.account_name, placed.account_code)
            when 'capital_before_acquisition' then 'Capital and reserves before acquisition'
            when 'translation_reserve' then 'Translation reserve'
            when 'minority_interest' then 'Minority interest'
            else accounts.account_name
        end as name,
        case
            when placed.part = 'earlier' then 'capital_and_reserves'
            when placed.line_type = 'goodwill' then 'fixed_assets'
            when placed.line_type = 'account' then coalesce(accounts.category, placed.category)
            when placed.line_type = 'elimination_difference' then accounts.category
            else placed.category
        end as category,
        case
            when placed.line_type = 'goodwill' then 'balance_sheet'
            when placed.line_type = 'elimination_difference' then accounts.statement
            when placed.part = 'earlier' then 'balance_sheet'
            else placed.statement
        end as statement,
        placed.amount
    from placed
    left join accounts
        on
            placed.group_name = accounts.group_name
            and placed.account_company_id = accounts.company_id
            and placed.account_code = accounts.nominal_code
)

select
    group_name,
    parent_id,
    month_start,
    line_type,
    nominal_code,
    name,
    category,
    statement,
    sum(amount) as amount
from lines
group by 1, 2, 3, 4, 5, 6, 7, 8
