{#- Invoices whose lines do not add up to their totals. -#}
-- depends_on: {{ ref('touched_months') }}
with invoices as (
    select * from {{ ref('stg_invoices') }}
    where
        coalesce(status, '') not in ('draft', 'void')
        and {{ in_touched_months_for('ledger_findings', 'company_id', 'invoice_date') }}
),

line_totals as (
    select
        company_id,
        invoice_id,
        sum(net_amount) as net_amount,
        sum(coalesce(vat_amount, 0)) as vat_amount
    from {{ ref('stg_invoice_line_items') }}
    where {{ in_touched_months_for('ledger_findings', 'company_id', 'invoice_date') }}
    group by company_id, invoice_id
),

compared_totals as (
    select
        company_id,
        invoice_id,
        invoices.invoice_number,
        invoices.invoice_date,
        cast(invoices.net_total as {{ money() }}) as net_total,
        coalesce(invoices.vat_total, 0) as vat_total,
        coalesce(line_totals.net_amount, 0) as net_of_lines,
        coalesce(line_totals.vat_amount, 0) as vat_of_lines
    from invoices
    left join line_totals using (company_id, invoice_id)
    where
        invoices.net_total <> coalesce(line_totals.net_amount, 0)
        or invoices.vat_total <> coalesce(line_totals.vat_amount, 0)
),

invoice_totals as (
    select
        company_id,
        invoice_date as judged_on,
        {{ finding(
            'invoice_totals_differ',
            sentence(
                'The lines of invoice {id} of {date} add up to {net} net and {vat} VAT, its totals are {net_total} and'
                ~ ' {vat_total}. The ledger has the lines. Correct the invoice in AccBooks.',
                id=record_text('invoice_id', 'invoice_number'),
                date='invoice_date',
                net=amount_text('net_of_lines'),
                vat=amount_text('vat_of_lines'),
                net_total=amount_text('net_total'),
                vat_total=amount_text('vat_total'),
            ),
            resource="'invoices'",
            record_id='invoice_id',
            period_end='invoice_date',
            expected=amount_text('net_total + vat_total'),
            found=amount_text('net_of_lines + vat_of_lines'),
        ) }}
    from compared_totals
)

select * from invoice_totals
