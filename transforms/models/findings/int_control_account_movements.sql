{#- What invoices and payments move the control accounts by, worked out from the documents alone. -#}
-- depends_on: {{ ref('touched_months') }}
with invoices as (
    select * from {{ ref('int_invoice_control_accounts') }}
),

payments as (
    select * from {{ ref('int_control_account_payments') }}
),

invoiced as (
    select
        invoices.company_id,
        {{ first_day_of_month('invoices.invoice_date') }} as month_start,
        invoices.control_code,
        line_items.nominal_code,
        invoices.direction * {{ base_amount('line_items.net_amount', 'invoices.rate') }} as net_amount,
        invoices.direction * {{ base_amount('coalesce(line_items.vat_amount, 0)', 'invoices.rate') }} as vat_amount
    from invoices
    inner join {{ ref('stg_invoice_line_items') }} as line_items
        on
            invoices.company_id = line_items.company_id
            and invoices.invoice_id = line_items.invoice_id
    where
        invoices.control_code is not null
        and coalesce(invoices.status, '') not in ('draft', 'void')
        and {{ in_touched_months_for('ledger_findings', 'invoices.company_id', 'invoices.invoice_date') }}
),

owed as (
    select
        company_id,
        month_start,
        control_code as nominal_code,
        net_amount + vat_amount as amount
    from invoiced
    union all
    -- a line may itself name a control account
    select
        company_id,
        month_start,
        nominal_code,
        -net_amount as amount
    from invoiced
    union all
    select
        company_id,
        month_start,
        control_code as nominal_code,
        direction * case
            when has_invoice then {{ base_amount('amount', 'invoice_rate') }}
            else {{ base_amount('amount', 'rate') }}
        end as amount
    from payments
    where invoice_id is not null
    union all
    select
        company_id,
        month_start,
        nominal_code,
        direction * {{ base_amount('net_amount', 'rate') }} as amount
    from payments
    where invoice_id is null
)

select * from owed
