{{ config(enabled=var('accbooks_groups', '') != '') }}
{#- Without a rate nothing can be said of a month, nor of those after it, because balances run on. -#}
with rates as (
    select * from {{ ref('int_group_rates') }}
),

group_member_months as (
    select
        group_name,
        parent_id,
        company_id,
        company_name,
        share,
        acquired_on,
        is_parent,
        month_start,
        month_end,
        financial_year_start,
        first_month,
        joined_in,
        cast(closing_rate as decimal(18, 8)) as closing_rate,
        cast(average_rate as decimal(18, 8)) as average_rate,
        cast(acquisition_rate as decimal(18, 8)) as acquisition_rate
    from rates
    where month_start < coalesce(first_unknown_month, {{ latest_date() }})
)

select * from group_member_months
