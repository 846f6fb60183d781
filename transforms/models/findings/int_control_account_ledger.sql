{#- What the ledger has on the control accounts of invoices and payments. -#}
-- depends_on: {{ ref('touched_months') }}
{%- set controls = "('" ~ var('trade_debtors') ~ "', '" ~ var('trade_creditors') ~ "')" %}
with payments as (
    select * from {{ ref('int_control_account_payments') }}
),

general_ledger as (
    select * from {{ ref('general_ledger') }}
    where
        nominal_code in {{ controls }}
        and {{ in_touched_months_for('ledger_findings', 'company_id', 'posting_date') }}
),

-- what a bank or a transfer posts to a control account is owed by nobody
posted as (
    select
        general_ledger.company_id,
        {{ first_day_of_month('general_ledger.posting_date') }} as month_start,
        general_ledger.nominal_code,
        general_ledger.amount
    from general_ledger
    left join payments
        on
            general_ledger.company_id = payments.company_id
            and general_ledger.source_type = 'transaction'
            and general_ledger.source_id = payments.transaction_id
    where
        general_ledger.source_type = 'invoice'
        or (payments.transaction_id is not null and general_ledger.line_number = 2)
)

select * from posted
