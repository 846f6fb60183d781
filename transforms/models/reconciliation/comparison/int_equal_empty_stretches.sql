{#- Stretches in which nothing was posted, and AccBooks says so: the balances of their beginning are those of
    all of it. -#}
with equal_reports as (
    select * from {{ ref('int_equal_reports') }}
),

balances as (
    select * from equal_reports
    where report = 'trial_balance'
),

-- nothing was posted in them, and AccBooks says so: the balances of their beginning are those of all of it
empty_stretches as (
    select
        profits.company_id,
        profits.period_start,
        profits.period_end,
        profits.period_start - 1 as balance_date,
        least(profits.fetched_at, least(beginnings.fetched_at, ends.fetched_at)) as fetched_at,
        profits.load_id
    from equal_reports as profits
    inner join balances as beginnings
        on
            profits.company_id = beginnings.company_id
            and profits.period_start - 1 = beginnings.period_end
    inner join balances as ends
        on
            profits.company_id = ends.company_id
            and profits.period_end = ends.period_end
    where profits.kind = 'empty stretch'
)

select * from empty_stretches
