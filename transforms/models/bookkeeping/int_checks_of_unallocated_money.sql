{#- Money on a control account that is set against no invoice. A refund takes it away again, and so does AccBooks where
    it allocates it to an invoice, so it is added up by contact. What AccBooks allocates may also have been paid in ways
    that no payment shows: no more is open than was posted. -#}
{%- set check = 'unallocated_money' %}
{%- set message = sentence(
    'Transaction {id} of {day} is on account {account}, against no invoice. Set it against one, or code it.',
    id='source_id', day='posting_date', account='nominal_code'
) %}
with postings as (
    select * from {{ ref('ledger_postings') }}
    where
        source_type = 'transaction' and document_id is null
        and nominal_code in ('{{ var("trade_debtors") }}', '{{ var("trade_creditors") }}')
),

allocated as (
    select
        company_id,
        nominal_code,
        contact_id,
        sum(amount) as amount
    from {{ ref('allocations') }}
    where kind = 'unallocated'
    group by company_id, nominal_code, contact_id
),

added_up as (
    select
        *,
        sum(amount) over (partition by company_id, nominal_code, coalesce(contact_id, source_id)) as posted_amount
    from postings
),

on_account as (
    select
        postings.*,
        postings.posted_amount + coalesce(allocated.amount, 0) as open_amount
    from added_up as postings
    left join allocated
        on
            postings.company_id = allocated.company_id
            and postings.nominal_code = allocated.nominal_code
            and postings.contact_id = allocated.contact_id
),

advice as (
    select
        company_id,
        {{ advice(check, 'transaction', 'source_id', '-amount', 'posting_date', message) }}
    from on_account
    where posted_amount * open_amount > 0 and posting_date < {{ days_ago(threshold(check, 'days')) }}
)

select * from advice
