with expenses as (
    select * from {{ ref('int_lines_of_profit') }}
    where category in ('cost_of_sales', 'overheads', 'taxation')
)

select * from expenses
