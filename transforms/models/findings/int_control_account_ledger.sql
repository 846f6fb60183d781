{#- What the ledger has on the control accounts of invoices and payments. -#}
-- depends_on: {{ ref('touched_months') }}
{%- set controls = "('" ~ var('trade_debtors') ~ "', '" ~ var('trade_creditors') ~ "')" %}
with payments as (
    select * from {{ ref('int_control_account_payments') }}
),

ledger_postings as (
    select * from {{ ref('ledger_postings') }}
    where
        nominal_code in {{ controls }}
        and {{ in_touched_months_for('ledger_findings', 'company_id', 'posting_date') }}
),

-- what a bank or a transfer posts to a control account is owed by nobody
posted as (
    select
        ledger_postings.company_id,
        {{ first_day_of_month('ledger_postings.posting_date') }} as month_start,
        ledger_postings.nominal_code,
        ledger_postings.amount
    from ledger_postings
    left join payments
        on
            ledger_postings.company_id = payments.company_id
            and ledger_postings.source_type = 'transaction'
            and ledger_postings.source_id = payments.transaction_id
    where
        ledger_postings.source_type = 'invoice'
        or (payments.transaction_id is not null and ledger_postings.line_number = 2)
)

select * from posted
