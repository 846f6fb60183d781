{#- What the balances of accounts moved by, and what is moved between lines of the statement because it was no money, or
    not yet. What is moved adds up to zero, so that every statement ends in the movement of the bank accounts. -#}
with accounts as (
    select * from {{ ref('int_cash_flow_accounts') }}
),

moved as (
    select * from {{ ref('int_cash_flow_transfers') }}
),

openings as (
    select * from {{ ref('int_cash_flow_openings') }}
),

balances as (
    select
        company_id,
        -- days after a year end within a month begin a part of it
        period_movements.period_start as counts_on,
        accounts.kind,
        period_movements.debit - period_movements.credit as amount
    from {{ ref('period_movements') }} as period_movements
    inner join accounts using (company_id, nominal_code)
),

movements as (
    select * from balances
    union all
    select
        company_id,
        counts_on,
        kind,
        -amount as amount
    from openings
    union all
    select
        company_id,
        counts_on,
        'opening bank' as kind,
        amount
    from openings
    where kind = 'bank'
    union all
    select
        company_id,
        counts_on,
        from_kind as kind,
        -amount as amount
    from moved
    union all
    select
        company_id,
        counts_on,
        to_kind as kind,
        amount
    from moved
)

select * from movements
