with stg_bank_accounts as (
    select * from {{ ref('stg_bank_accounts') }}
),

bank_accounts as (
    select
        company_id,
        account_id as bank_account_id,
        account_name as name,
        nominal_code,
        currency,
        is_active
    from stg_bank_accounts
)

select * from bank_accounts
