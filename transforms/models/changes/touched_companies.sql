{#- The companies of which something changed, and from when on their balances are computed again; null: from never. A
    posting that comes or goes makes or ends months back to the posting before it. -#}
with changed_inputs as (
    select * from {{ ref('int_changed_inputs') }}
),

touched_months as (
    select * from {{ ref('touched_months') }}
),

year_ends as (
    select * from {{ ref('int_year_ends') }}
),

first_months as (
    select
        company_id,
        -- months run on to the last posting: one in the future makes or ends those before it, too
        case
            when max(month_start) > {{ first_day_of_month(today()) }}
                then least(min(month_start), {{ first_day_of_month(today()) }})
            else min(month_start)
        end as first_month
    from touched_months
    group by company_id
),

movements as (
    select * from {{ ref('period_movements') }}
    where {{ posts_an_amount('debit', 'credit') }}
),

months_before as (
    select
        company_id,
        max(movements.month_start) as month_start
    from movements
    inner join first_months using (company_id)
    where movements.month_start < first_months.first_month
    group by company_id
),

companies as (
    select
        company_id,
        max(case when input in ('company', 'named_accounts', 'vat_schemes', 'vat_scheme') then 1 else 0 end)
            as is_touched_throughout
    from changed_inputs
    group by company_id
),

touched as (
    select
        companies.company_id,
        case
            when companies.is_touched_throughout = 1 then {{ earliest_date() }}
            -- one year holds the whole history, and ends with its last month
            when year_ends.company_id is null then {{ earliest_date() }}
            else coalesce({{ add_months('months_before.month_start', '1') }}, first_months.first_month)
        end as touched_from
    from companies
    left join first_months on companies.company_id = first_months.company_id
    left join months_before on companies.company_id = months_before.company_id
    left join year_ends on companies.company_id = year_ends.company_id
)

select * from touched
