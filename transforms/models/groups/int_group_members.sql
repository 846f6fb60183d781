{{ config(enabled=var('accbooks_groups', '') != '') }}
{#- The parent is the company that nobody acquired. A group reports in its currency. -#}
with members as (
    select * from {{ ref('stg_group_companies') }}
),

companies as (
    select * from {{ ref('stg_company') }}
),

parents as (
    select
        members.group_name,
        company_id as parent_id,
        companies.base_currency as group_currency
    from members
    left join companies using (company_id)
    where members.acquired_on is null
),

described as (
    select
        group_name,
        parents.parent_id,
        company_id,
        companies.company_name,
        company_id = parents.parent_id as is_parent,
        members.share,
        members.acquired_on,
        coalesce(companies.base_currency, parents.group_currency) as currency,
        parents.group_currency
    from members
    inner join parents using (group_name)
    left join companies using (company_id)
)

select * from described
