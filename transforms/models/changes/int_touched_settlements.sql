{#- The months with settlements of invoices that changed, or that are missing. -#}
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

changed_invoices as (
    select
        invoices.company_id,
        invoices.invoice_id
    from invoices
    inner join changed_inputs
        on
            invoices.company_id = changed_inputs.company_id
            and invoices.load_id = changed_inputs.version
            and {{ first_day_of_month('invoices.invoice_date') }} = changed_inputs.month_start
    where changed_inputs.input = 'invoices' and changed_inputs.is_new_version
),

-- a settlement posts at its invoice's rate, to the control account of its invoice's type
settlements as (
    select
        company_id,
        {{ first_day_of_month('transactions.transaction_date') }} as month_start
    from transactions
    inner join changed_invoices using (company_id, invoice_id)
    union distinct
    -- a deleted invoice is in no table any more: whoever misses one may have lost it now
    select
        transactions.company_id,
        {{ first_day_of_month('transactions.transaction_date') }} as month_start
    from transactions
    left join invoices
        on
            transactions.company_id = invoices.company_id
            and transactions.invoice_id = invoices.invoice_id
    where
        invoices.invoice_id is null
        and transactions.company_id in (
            select changed_inputs.company_id from changed_inputs
            where changed_inputs.input = 'invoices'
        )
)

select * from settlements
