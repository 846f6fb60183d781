{#- What was closed. Where a day was closed, reopened and closed again, the last of these closings holds. -#}
with balances as (
    select * from {{ ref('stg_closed_balances') }}
    where kind = 'accounts'
),

last_closings as (
    select
        company_id,
        closed_through,
        max(closed_at) as closed_at
    from balances
    group by company_id, closed_through
),

closed_balances as (
    select
        company_id,
        closed_through,
        closed_at,
        balances.nominal_code,
        balances.balance,
        cast(
            case when balances.statement = 'profit_and_loss' then balances.movement_of_year end as {{ money() }}
        ) as profit_and_loss_of_year
    from balances
    inner join last_closings using (company_id, closed_through, closed_at)
)

select * from closed_balances
