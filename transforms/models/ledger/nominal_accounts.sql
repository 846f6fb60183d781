with general_ledger as (
    select * from {{ ref('general_ledger') }}
),

named_accounts as (
    select * from {{ ref('int_named_accounts') }}
),

accounts as (
    select
        company_id,
        nominal_code
    from general_ledger
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
        named_accounts.name,
        named_accounts.category
    from accounts
    left join named_accounts
        on
            accounts.company_id = named_accounts.company_id
            and accounts.nominal_code = named_accounts.nominal_code
)

select * from described
