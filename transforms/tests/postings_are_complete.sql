-- A posting without an amount, or whose account could not be found, is in no report where it belongs.
with general_ledger as (
    select * from {{ ref('general_ledger') }}
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
    or flag <> 'invoice_missing'
