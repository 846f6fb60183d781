-- A warning: the ledger posts the lines; totals that disagree with them mean that one of the two was misread.
{{ config(severity='warn') }}

with invoices as (
    select * from {{ ref('stg_invoices') }}
    where
        coalesce(status, '') not in ('draft', 'void')
        and {{ in_unchecked_months('company_id', 'invoice_date') }}
),

line_totals as (
    select
        company_id,
        invoice_id,
        sum(net_amount) as net_amount,
        sum(coalesce(vat_amount, 0)) as vat_amount
    from {{ ref('stg_invoice_line_items') }}
    where {{ in_unchecked_months('company_id', 'invoice_date') }}
    group by company_id, invoice_id
)

select
    invoices.company_id,
    invoices.invoice_id,
    invoices.net_total,
    line_totals.net_amount as net_of_lines,
    invoices.vat_total,
    line_totals.vat_amount as vat_of_lines
from invoices
left join line_totals
    on
        invoices.company_id = line_totals.company_id
        and invoices.invoice_id = line_totals.invoice_id
where
    invoices.net_total <> coalesce(line_totals.net_amount, 0)
    or invoices.vat_total <> coalesce(line_totals.vat_amount, 0)
