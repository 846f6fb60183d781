-- A posting without an amount or an account, or whose account could not be found, is in no report where it belongs.
with general_ledger as (
    select * from {{ ref('general_ledger') }}
    where {{ in_unchecked_months('company_id', 'posting_date') }}
)

select
    company_id,
    source_type,
    source_id,
    line_number,
    nominal_code,
    amount,
    flag
from general_ledger
where
    amount is null
    or debit is null
    or credit is null
    or nominal_code is null
    or source_type not in ('invoice', 'transaction', 'journal')
    or flag <> 'invoice_missing'
