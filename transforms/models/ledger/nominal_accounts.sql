-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    on_schema_change='append_new_columns',
    incremental_predicates=["{{ of_touched_companies('company_id') }}"]
) }}

with period_movements as (
    select * from {{ ref('period_movements') }}
),

named_accounts as (
    select * from {{ ref('int_named_accounts') }}
),

accounts as (
    select
        company_id,
        nominal_code
    from period_movements
    union distinct
    select
        company_id,
        nominal_code
    from named_accounts
),

described as (
    select
        accounts.company_id,
        accounts.nominal_code,
        named_accounts.nominal_name as name,
        named_accounts.category
    from accounts
    left join named_accounts
        on
            accounts.company_id = named_accounts.company_id
            and accounts.nominal_code = named_accounts.nominal_code
    {%- if is_incremental() %}
    where {{ of_touched_companies('accounts.company_id') }}
    {%- endif %}
)

select * from described
