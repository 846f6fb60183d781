{{ config(enabled=var('accbooks_groups', '') != '') }}

{#- The accounts of each pair. A pair is named by its first account: one account may have several counterparties, and
    the investment in a company has its capital and reserves before the acquisition, which are no account. -#}
with eliminations as (
    {{ configured_rows('eliminations', 'stg_eliminations', {
        'group_name': 'varchar', 'company_id': 'varchar', 'nominal_code': 'varchar',
        'counterparty_company_id': 'varchar', 'counterparty_nominal_code': 'varchar'
    }) }}
),

sides as (
    select
        group_name,
        company_id,
        nominal_code,
        company_id as pair_company_id,
        nominal_code as pair_code,
        case when counterparty_nominal_code is null then 'goodwill' else 'elimination_difference' end as line_type
    from eliminations
    union distinct
    select
        group_name,
        counterparty_company_id as company_id,
        counterparty_nominal_code as nominal_code,
        company_id as pair_company_id,
        nominal_code as pair_code,
        case when counterparty_nominal_code is null then 'goodwill' else 'elimination_difference' end as line_type
    from eliminations
)

select * from sides
