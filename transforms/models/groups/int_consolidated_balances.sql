{{ config(enabled=var('accbooks_groups', '') != '') }}
{#- What each line of a group stands at on a month-end: lines of profit and loss carry the parent's financial year,
    earlier profit is in retained earnings. -#}
with running as (
    select * from {{ ref('int_consolidated_sums') }}
),

accounts as (
    select * from {{ ref('int_group_accounts') }}
),

with_retained as (
    select
        group_name,
        parent_id,
        line_type,
        nominal_code,
        name,
        category,
        statement,
        month_end,
        case when statement = 'profit_and_loss' then year_to_date else balance end as amount
    from running
    union all
    select
        running.group_name,
        running.parent_id,
        'account' as line_type,
        coalesce(accounts.group_code, '{{ var("retained_earnings") }}') as nominal_code,
        accounts.account_name as name,
        'capital_and_reserves' as category,
        'balance_sheet' as statement,
        running.month_end,
        running.balance - running.year_to_date as amount
    from running
    left join accounts
        on
            running.group_name = accounts.group_name
            and running.parent_id = accounts.company_id
            and accounts.nominal_code = '{{ var("retained_earnings") }}'
    where running.statement = 'profit_and_loss' and running.balance <> running.year_to_date
)

select
    with_retained.group_name,
    with_retained.parent_id as company_id,
    with_retained.line_type,
    with_retained.nominal_code,
    with_retained.name,
    with_retained.category,
    with_retained.statement,
    with_retained.month_end as as_at,
    cast(sum(with_retained.amount) as {{ money() }}) as amount
from with_retained
group by 1, 2, 3, 4, 5, 6, 7, 8
having with_retained.line_type = 'account' or sum(with_retained.amount) <> 0
