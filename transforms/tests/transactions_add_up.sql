-- A warning: the bank is posted from net and VAT, and should move by the amount.
{{ config(severity='warn') }}

with transactions as (
    select * from {{ ref('stg_transactions') }}
    where
        coalesce(status, '') not in ('draft', 'void')
        and transaction_type in ('money_in', 'money_out')
        and invoice_id is null
        and {{ in_unchecked_months('company_id', 'transaction_date') }}
)

select
    company_id,
    transaction_id,
    amount,
    net_amount,
    vat_amount
from transactions
where amount <> cast(net_amount as {{ money() }}) + coalesce(vat_amount, 0)
