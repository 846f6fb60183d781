{#- What the earnings of each balance sheet moved by since the one before. -#}
-- depends_on: {{ ref('touched_companies') }}
with balance_sheet as (
    select * from {{ ref('balance_sheet') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

earnings as (
    select
        company_id,
        as_at as period_end,
        sum(amount) as amount,
        sum(case when nominal_code is null then amount else 0 end) as current_year_amount
    from balance_sheet
    where nominal_code is null or nominal_code = '{{ var("retained_earnings") }}'
    group by company_id, as_at
),

movements as (
    select
        company_id,
        period_end,
        current_year_amount,
        amount - coalesce(
            max(amount) over (partition by company_id order by period_end rows between 1 preceding and 1 preceding), 0
        ) as amount
    from earnings
)

select * from movements
