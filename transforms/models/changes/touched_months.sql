{#- The company-months whose postings this run computes again. -#}
with changed_inputs as (
    select * from {{ ref('int_changed_inputs') }}
),

settlements as (
    select * from {{ ref('int_touched_settlements') }}
),

documents as (
    select
        company_id,
        month_start
    from changed_inputs
    where month_start is not null
),

-- a base currency, a year end or the account of a bank reaches into every month
every_month as (
    select
        inputs.company_id,
        inputs.month_start
    from {{ ref('current_inputs') }} as inputs
    where
        inputs.month_start is not null
        and inputs.company_id in (
            select changed_inputs.company_id from changed_inputs
            where changed_inputs.input in ('company', 'bank_accounts')
        )
),

touched as (
    select * from documents
    union distinct
    select * from settlements
    union distinct
    select * from every_month
),

months as (
    select
        company_id,
        month_start,
        {{ dbt.last_day('month_start', 'month') }} as month_end
    from touched
)

select * from months
