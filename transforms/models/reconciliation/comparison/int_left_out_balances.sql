{#- What balances at a date in a stretch that the monthly models leave out should say: those of its beginning, the
    profit of years that ended since moved to retained earnings. -#}
with beginnings as (
    select * from {{ ref('int_balances_before_stretches') }}
),

moved as (
    select
        company_id,
        report,
        period_end,
        has_rolled_over,
        case
            when statement = 'profit_and_loss' and has_rolled_over then '{{ var("retained_earnings") }}'
            else nominal_code
        end as nominal_code,
        case
            when statement = 'profit_and_loss' and has_rolled_over then 'balance_sheet' else statement
        end as statement,
        case when statement = 'profit_and_loss' and has_rolled_over then -1 else sign end as sign,
        amount
    from beginnings
),

lines as (
    select
        company_id,
        report,
        period_end,
        nominal_code,
        amount
    from moved
    where report = 'trial_balance'
    union all
    select
        company_id,
        report,
        period_end,
        nominal_code,
        sign * amount as amount
    from moved
    where report = 'balance_sheet' and statement = 'balance_sheet'
    union all
    select
        company_id,
        report,
        period_end,
        {{ as_text('null') }} as nominal_code,
        sum(case when statement = 'profit_and_loss' then -amount else 0 end) as amount
    from moved
    where report = 'balance_sheet'
    group by company_id, report, period_end
),

added_up as (
    select
        company_id,
        report,
        period_end,
        nominal_code,
        sum(amount) as amount
    from lines
    group by company_id, report, period_end, nominal_code
)

select * from added_up
