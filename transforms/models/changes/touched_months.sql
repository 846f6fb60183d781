{#- The company-months whose postings this run computes again. -#}
with changed_inputs as (
    select * from {{ ref('int_changed_inputs') }}
),

settlements as (
    select * from {{ ref('int_touched_settlements') }}
),

transactions as (
    select * from {{ ref('stg_transactions') }}
    where invoice_id is not null and {{ of_this_run('company_id') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
    where {{ of_this_run('company_id') }}
),

-- a deleted invoice is in no table any more: whoever misses one may have lost it now
bereft_settlements as (
    select
        transactions.company_id,
        {{ first_day_of_month('transactions.transaction_date') }} as month_start
    from transactions
    left join invoices using (company_id, invoice_id)
    where
        invoices.invoice_id is null
        and transactions.company_id in (
            select changed_inputs.company_id from changed_inputs
            where changed_inputs.input = 'invoices'
        )
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
    select * from bereft_settlements
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
