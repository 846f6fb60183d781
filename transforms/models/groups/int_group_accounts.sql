{{ config(enabled=var('accbooks_groups', '') != '') }}
{#- The group's account of each member's account: by the member's own mapping, by that for all, or the same. Its name is
    that of the mapping, or the parent's, or a member's. -#}
with members as (
    select * from {{ ref('int_group_members') }}
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

account_categories as (
    select * from {{ beside(ref('account_categories')) }}
),

mapping as (
    {{ configured_rows('account_mapping', 'stg_account_mapping', {
        'company_id': 'varchar', 'nominal_code': 'varchar', 'group_nominal_code': 'varchar', 'group_name': 'varchar',
        'category': 'varchar'
    }) }}
),

mapped as (
    select
        members.group_name,
        members.company_id,
        members.is_parent,
        nominal_accounts.nominal_code,
        nominal_accounts.name,
        coalesce(own.group_nominal_code, general.group_nominal_code, nominal_accounts.nominal_code) as group_code,
        coalesce(own.group_name, general.group_name) as mapped_name,
        -- a row of the company's own that names no category leaves it the account's
        coalesce(
            case when own.company_id is null then general.category else own.category end, nominal_accounts.category
        ) as category
    from members
    inner join nominal_accounts on members.company_id = nominal_accounts.company_id
    left join mapping as own
        on nominal_accounts.company_id = own.company_id and nominal_accounts.nominal_code = own.nominal_code
    left join mapping as general
        on general.company_id is null and nominal_accounts.nominal_code = general.nominal_code
),

described as (
    select
        mapped.group_name,
        mapped.company_id,
        mapped.nominal_code,
        mapped.group_code,
        mapped.category,
        account_categories.statement,
        coalesce(
            max(mapped.mapped_name) over (partition by mapped.group_name, mapped.group_code, mapped.category),
            max(case when mapped.is_parent then mapped.name end) over (
                partition by mapped.group_name, mapped.group_code, mapped.category
            ),
            min(mapped.name) over (partition by mapped.group_name, mapped.group_code, mapped.category)
        ) as account_name
    from mapped
    left join account_categories on mapped.category = account_categories.category
)

select * from described
