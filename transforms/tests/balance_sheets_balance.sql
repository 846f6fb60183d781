-- Assets less liabilities are capital, at every month-end. A company none of whose reports was read has no balance
-- sheet but for its current year's earnings.
with balance_sheet as (
    select * from {{ ref('balance_sheet') }}
),

totals as (
    select
        company_id,
        as_at,
        sum(
            case
                when category in ('fixed_assets', 'current_assets') then amount
                when category in ('current_liabilities', 'long_term_liabilities') then -amount
                else 0
            end
        ) as net_assets,
        sum(case when category = 'capital_and_reserves' then amount else 0 end) as capital_and_reserves
    from balance_sheet
    group by company_id, as_at
)

select * from totals
where net_assets is distinct from capital_and_reserves
