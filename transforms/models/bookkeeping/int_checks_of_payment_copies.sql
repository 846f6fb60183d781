{#- A copy of a payment has everything in common with another one a few days before, or pays an invoice a second time
    that is overpaid by it. What has neither contact nor reference, such as takings of a till, is not compared. -#}
{%- set check = 'likely_duplicate_payment' %}
{%- set same = 'company_id, account_id, transaction_type, amount, payer, nominal_code, note, document_reference' %}
{%- set same_invoice = 'company_id, invoice_id, transaction_type, currency, amount' %}
{%- set in_order = 'order by transaction_date, transaction_id' %}
{%- set message = sentence(
    'Transactions {one} and {other} are both for {amount}, and nothing tells them apart. If one is a copy, void it in '
    ~ 'AccBooks.',
    one='original_id', other=record_text('transaction_id', 'reference'), amount=amount_text('amount')
) %}
with invoices as (
    select * from {{ beside(ref('invoices')) }}
),

transactions as (
    select
        *,
        coalesce(contact_id, '') as payer,
        {{ comparable('description') }} as note,
        {{ comparable('reference') }} as document_reference
    from {{ ref('stg_transactions') }}
    where
        {{ transaction_is_posted() }} and transaction_type in ('money_in', 'money_out')
        and amount >= {{ threshold(check, 'amount') }}
),

with_earlier as (
    select
        *,
        lag(transaction_id) over (partition by {{ same }} {{ in_order }}) as of_kind,
        lag(transaction_date) over (partition by {{ same }} {{ in_order }}) as date_of_kind,
        lag(transaction_id) over (partition by {{ same_invoice }} {{ in_order }}) as of_invoice
    from transactions
),

copies as (
    select
        with_earlier.*,
        case
            when with_earlier.invoice_id is null then with_earlier.of_kind
            else with_earlier.of_invoice
        end as original_id
    from with_earlier
    left join invoices
        on with_earlier.company_id = invoices.company_id and with_earlier.invoice_id = invoices.invoice_id
    where
        (
            with_earlier.invoice_id is null
            and (with_earlier.payer <> '' or with_earlier.document_reference <> '')
            and with_earlier.transaction_date - with_earlier.date_of_kind <= {{ threshold(check, 'days') }}
        )
        or (
            with_earlier.currency = invoices.currency
            and abs(invoices.settled_amount) > abs(invoices.gross_amount)
        )
),

advice as (
    select
        company_id,
        {{ advice(
            check, 'transaction', "original_id || ', ' || transaction_id", 'amount', 'transaction_date', message
        ) }}
    from copies
    where original_id is not null
)

select * from advice
