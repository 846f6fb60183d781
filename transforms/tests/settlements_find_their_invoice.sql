-- A warning: the books still balance, but the debt may stand on the wrong control account, at the wrong rate.
{{ config(severity='warn') }}

with general_ledger as (
    select * from {{ ref('general_ledger') }}
    where {{ in_unchecked_months('company_id', 'posting_date') }}
)

select
    company_id,
    source_id,
    posting_date,
    nominal_code,
    amount
from general_ledger
where flag = 'invoice_missing' and line_number = 2
