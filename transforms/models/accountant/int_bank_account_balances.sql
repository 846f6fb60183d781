{#- The balance of each bank account on the days it moved. -#}
{{ config(materialized='ephemeral') }}

with own_movements as (
    select * from {{ ref('int_bank_account_movements') }}
),

movements as (
    select
        company_id,
        nominal_code,
        bank_account_id,
        currency,
        posting_date,
        sum(amount) as amount,
        sum(amount_in_currency) as amount_in_currency,
        sum(amounts_unknown) as amounts_unknown
    from own_movements
    group by company_id, nominal_code, bank_account_id, currency, posting_date
),

balances as (
    select
        company_id,
        nominal_code,
        bank_account_id,
        currency,
        posting_date,
        sum(amount) over (
            partition by company_id, nominal_code, bank_account_id
            order by posting_date
            rows between unbounded preceding and current row
        ) as balance,
        sum(amount_in_currency) over (
            partition by company_id, nominal_code, bank_account_id
            order by posting_date
            rows between unbounded preceding and current row
        ) as balance_in_currency,
        sum(amounts_unknown) over (
            partition by company_id, nominal_code, bank_account_id
            order by posting_date
            rows between unbounded preceding and current row
        ) as amounts_unknown,
        max(posting_date) over (
            partition by company_id, nominal_code, bank_account_id
            order by posting_date
            rows between 1 following and 1 following
        ) as next_posting_date
    from movements
)

select * from balances
