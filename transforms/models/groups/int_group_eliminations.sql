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
),

accounts as (
    select * from {{ ref('int_group_accounts') }}
),

described as (
    select
        sides.*,
        coalesce(accounts.statement, '') = 'profit_and_loss' as is_of_profit
    from sides
    left join accounts
        on
            sides.group_name = accounts.group_name
            and sides.pair_company_id = accounts.company_id
            and sides.pair_code = accounts.nominal_code
)

select * from described
