{#- Up to which day the accounts of a company are closed. -#}
with companies as (
    select * from {{ ref('stg_company') }}
),

closed_periods as (
    select
        company_id,
        cast(null as date) as closed_through
    from companies
)

select * from closed_periods
