{#- Up to which day the accounts of a company are closed. -#}
with judged as (
    select * from {{ ref('int_judged_closings') }}
    where kind = 'accounts'
),

closed_periods as (
    select
        company_id,
        closed_through
    from judged
)

select * from closed_periods
