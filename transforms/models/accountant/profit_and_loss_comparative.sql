with this_year as (
    select * from {{ ref('int_profit_and_loss_periods') }}
),

-- one year follows the other: an account has a row in each from its first posting on, and the books hold every period
-- from their first one on
years_before as (
    select
        this_year.*,
        max(this_year.year_number) over (
            partition by this_year.company_id, this_year.period_type, this_year.period_number, this_year.nominal_code
            order by this_year.year_number
            rows between 1 preceding and 1 preceding
        ) as year_before,
        max(this_year.amount) over (
            partition by this_year.company_id, this_year.period_type, this_year.period_number, this_year.nominal_code
            order by this_year.year_number
            rows between 1 preceding and 1 preceding
        ) as amount_before,
        min(this_year.year_number) over (
            partition by this_year.company_id, this_year.period_type, this_year.period_number
        ) as first_year
    from this_year
),

compared as (
    select
        company_id,
        period_type,
        period_start,
        period_end,
        nominal_code,
        nominal_name as name,
        category,
        cast(amount as {{ money() }}) as amount,
        cast(
            case
                when year_before = year_number - 1 then amount_before
                -- what the books hold nothing of is not zero, but unknown
                when first_year < year_number then 0
            end as {{ money() }}
        ) as amount_last_year
    from years_before
)

select * from compared
