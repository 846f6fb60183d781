with compared_months as (
    select * from {{ ref('months') }}
    where is_compared
),

in_order as (
    select
        company_id,
        month_end,
        max(month_start) over (
            partition by company_id
            order by month_start
            rows between 1 following and 1 following
        ) as next_month
    from compared_months
),

stretches as (
    select
        company_id,
        month_end as balance_date,
        month_end + 1 as stretch_start,
        next_month - 1 as stretch_end,
        {{ months_after('next_month', 'month_end') }} - 1 as number_of_months
    from in_order
    where month_end + 1 < next_month
),

judged as (
    select
        stretches.*,
        {{ is_left_out('stretches.number_of_months') }} as is_left_out
    from stretches
)

select * from judged
