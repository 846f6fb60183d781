{{ config(enabled=var('accbooks_groups', '') != '') }}

with member_months as (
    select * from {{ ref('int_group_months') }}
    where is_parent
),

lines as (
    select * from {{ ref('int_consolidated_lines') }}
),

keys as (
    select
        group_name,
        parent_id,
        line_type,
        nominal_code,
        name,
        category,
        statement,
        min(month_start) as first_month
    from lines
    group by 1, 2, 3, 4, 5, 6, 7
),

running as (
    select
        keys.group_name,
        keys.parent_id,
        keys.line_type,
        keys.nominal_code,
        keys.name,
        keys.category,
        keys.statement,
        member_months.month_end,
        sum(coalesce(lines.amount, 0)) over (
            partition by
                keys.group_name, keys.line_type, keys.nominal_code, keys.name, keys.category, keys.statement
            order by member_months.month_start
        ) as balance,
        sum(coalesce(lines.amount, 0)) over (
            partition by
                keys.group_name, keys.line_type, keys.nominal_code, keys.name, keys.category, keys.statement,
                member_months.financial_year_start
            order by member_months.month_start
        ) as year_to_date
    from keys
    inner join member_months
        on keys.group_name = member_months.group_name and keys.first_month <= member_months.month_start
    left join lines
        on
            keys.group_name = lines.group_name
            and keys.line_type = lines.line_type
            and member_months.month_start = lines.month_start
            and coalesce(keys.nominal_code, '') = coalesce(lines.nominal_code, '')
            and coalesce(keys.name, '') = coalesce(lines.name, '')
            and coalesce(keys.category, '') = coalesce(lines.category, '')
            and coalesce(keys.statement, '') = coalesce(lines.statement, '')
)

select * from running
