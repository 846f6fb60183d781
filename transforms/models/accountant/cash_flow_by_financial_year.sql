with periods as (
    select
        company_id,
        financial_year_start as period_start,
        financial_year_end as period_end
    from {{ beside(ref('financial_years')) }}
    where is_year_end_known
),

movements as (
    select
        periods.company_id,
        periods.period_start,
        movements.kind,
        movements.amount
    from periods
    inner join {{ ref('int_cash_flow_movements') }} as movements
        on
            periods.company_id = movements.company_id
            and movements.counts_on between periods.period_start and periods.period_end
),

{{ cash_flow_statement('year') }}

select * from statement
