with trial_balance_lines as (
    select * from {{ ref('stg_trial_balance_lines') }}
),

balance_sheet_lines as (
    select * from {{ ref('stg_balance_sheet_lines') }}
),

profit_and_loss_lines as (
    select * from {{ ref('stg_profit_and_loss_lines') }}
),

report_lines as (
    select
        company_id,
        nominal_code,
        nominal_name,
        category,
        generated_at,
        period_end as report_date
    from trial_balance_lines
    union all
    select
        company_id,
        nominal_code,
        nominal_name,
        category,
        generated_at,
        period_end as report_date
    from balance_sheet_lines
    union all
    select
        company_id,
        nominal_code,
        nominal_name,
        category,
        generated_at,
        period_end as report_date
    from profit_and_loss_lines
),

ranked as (
    select
        company_id,
        nominal_code,
        nominal_name,
        category,
        row_number() over (
            partition by company_id, nominal_code
            order by
                case when category is null then 1 else 0 end asc,
                generated_at desc nulls last,
                report_date desc,
                nominal_name asc
        ) as recency
    from report_lines
    where nominal_code is not null
),

latest as (
    select
        company_id,
        nominal_code,
        nominal_name,
        category
    from ranked
    where recency = 1
)

select * from latest
