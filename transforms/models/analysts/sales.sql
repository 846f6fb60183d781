with sales as (
    select * from {{ ref('int_lines_of_profit') }}
    where category in ('turnover', 'other_income')
)

select * from sales
