with companies as (
    select * from {{ ref('stg_company') }}
),

parsed as (
    select
        company_id,
        -- only what looks like MM-DD may reach the cast
        case
            when translate(financial_year_end, '0123456789', '9999999999') = '99-99'
                then cast(substring(financial_year_end, 1, 2) as integer)
        end as year_end_month,
        case
            when translate(financial_year_end, '0123456789', '9999999999') = '99-99'
                then cast(substring(financial_year_end, 4, 2) as integer)
        end as year_end_day
    from companies
),

year_ends as (
    select
        company_id,
        year_end_month,
        year_end_day
    from parsed
    where year_end_month between 1 and 12 and year_end_day between 1 and 31
)

select * from year_ends
