{{ config(enabled=var('accbooks_groups', '') != '') }}
{#- The months of the parent, each with the members it has then and their rates; null where the file has none. -#}
with members as (
    select * from {{ ref('int_group_members') }}
),

months as (
    select * from {{ beside(ref('months')) }}
),

financial_years as (
    select * from {{ beside(ref('financial_years')) }}
),

rates as (
    {{ configured_rows('rates', 'stg_exchange_rates', {
        'currency': 'varchar', 'month_start': 'date', 'closing_rate': 'decimal(18, 8)', 'average_rate': 'decimal(18, 8)'
    }) }}
),

group_months as (
    select
        members.group_name,
        months.month_start,
        months.month_end,
        financial_years.financial_year_start,
        min(months.month_start) over (partition by members.group_name) as first_month
    from members
    inner join months on members.company_id = months.company_id
    left join financial_years
        on
            members.company_id = financial_years.company_id
            and months.month_end between financial_years.financial_year_start and financial_years.financial_year_end
    where members.is_parent
),

with_rates as (
    select
        members.*,
        group_months.month_start,
        group_months.month_end,
        group_months.financial_year_start,
        group_months.first_month,
        case when members.currency = members.group_currency then 1 else rates.closing_rate end as closing_rate,
        case when members.currency = members.group_currency then 1 else rates.average_rate end as average_rate,
        case
            when members.currency = members.group_currency then 1 else rates_of_acquisition.closing_rate
        end as acquisition_rate
    from members
    inner join group_months on members.group_name = group_months.group_name
    left join rates on members.currency = rates.currency and group_months.month_start = rates.month_start
    left join rates as rates_of_acquisition
        on
            members.currency = rates_of_acquisition.currency
            and {{ add_months(first_day_of_month('members.acquired_on'), -1) }} = rates_of_acquisition.month_start
    where group_months.month_end >= coalesce(members.acquired_on, {{ earliest_date() }})
),

with_first_unknown as (
    select
        *,
        min(month_start) over (partition by group_name, company_id) as joined_in,
        min(case when closing_rate is null or average_rate is null or acquisition_rate is null then month_start end)
            over (partition by group_name) as first_unknown_month
    from with_rates
)

select * from with_first_unknown
