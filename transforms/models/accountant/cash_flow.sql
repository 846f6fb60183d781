with periods as (
    select
        company_id,
        month_start as period_start,
        month_end as period_end
    from {{ beside(ref('months')) }}
),

movements as (
    select
        company_id,
        {{ first_day_of_month('counts_on') }} as period_start,
        kind,
        amount
    from {{ ref('int_cash_flow_movements') }}
),

{{ cash_flow_statement('month') }}

select * from statement
