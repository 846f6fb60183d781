{#- The months with settlements whose invoice is in no table. -#}
{{ config(materialized='ephemeral') }}

with changed_inputs as (
    select * from {{ ref('int_changed_inputs') }}
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
)

select * from bereft_settlements
