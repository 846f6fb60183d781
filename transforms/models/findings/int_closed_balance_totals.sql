{#- What was closed with what changed since, beside the trial balance of the same day. Only for a month-end, which has a
    trial balance, and for the financial year that was closed. -#}
with accounts as (
    select * from {{ ref('int_closed_accounts') }}
),

trial_balance as (
    select * from {{ beside(ref('trial_balance')) }}
),

judged as (
    select distinct
        company_id,
        closed_through
    from accounts
),

-- earlier years' profit is in one account
lines as (
    select
        company_id,
        closed_through,
        nominal_code,
        case when is_of_year then amount_of_year else amount end as found,
        0 as expected
    from accounts
    union all
    select
        company_id,
        closed_through,
        '{{ var("retained_earnings") }}' as nominal_code,
        amount - amount_of_year as found,
        0 as expected
    from accounts
    where is_of_year
    union all
    select
        trial_balance.company_id,
        judged.closed_through,
        trial_balance.nominal_code,
        0 as found,
        trial_balance.debit - trial_balance.credit as expected
    from trial_balance
    inner join judged
        on
            trial_balance.company_id = judged.company_id
            and trial_balance.as_at = judged.closed_through
),

totals as (
    select
        company_id,
        closed_through,
        nominal_code,
        sum(found) as found,
        sum(expected) as expected
    from lines
    group by company_id, closed_through, nominal_code
)

select totals.*
from totals
where
    exists (
        select 1
        from trial_balance
        where trial_balance.company_id = totals.company_id and trial_balance.as_at = totals.closed_through
    )
