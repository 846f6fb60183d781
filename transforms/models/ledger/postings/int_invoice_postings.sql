with invoice_lines as (
    select * from {{ ref('int_invoice_lines') }}
),

control_postings as (
    select
        company_id,
        invoice_id,
        1 as line_number,
        control_code as nominal_code,
        control_sign * sum(net_amount + vat_amount) as amount,
        invoice_id as document_id,
        cast(null as bigint) as bank_account_id,
        currency,
        control_sign * sum(net_in_currency + vat_in_currency) as amount_in_currency,
        {{ as_text('null') }} as vat_rate,
        cast(null as integer) as vat_box,
        invoice_date,
        contact_id,
        invoice_number as description,
        max(flag) as flag
    from invoice_lines
    group by company_id, invoice_id, control_code, control_sign, currency, invoice_date, contact_id, invoice_number
),

net_postings as (
    select
        company_id,
        invoice_id,
        2 * line_number as line_number,
        nominal_code,
        -control_sign * net_amount as amount,
        invoice_id as document_id,
        cast(null as bigint) as bank_account_id,
        currency,
        -control_sign * net_in_currency as amount_in_currency,
        vat_rate,
        -- without a rate and without VAT it is outside the scope of VAT
        case when vat_rate is not null or vat_amount <> 0 then net_box end as vat_box,
        invoice_date,
        contact_id,
        description,
        flag
    from invoice_lines
),

vat_postings as (
    select
        company_id,
        invoice_id,
        2 * line_number + 1 as line_number,
        vat_code as nominal_code,
        -control_sign * vat_amount as amount,
        invoice_id as document_id,
        cast(null as bigint) as bank_account_id,
        currency,
        -control_sign * vat_in_currency as amount_in_currency,
        vat_rate,
        case net_box when 6 then 1 else 4 end as vat_box,
        invoice_date,
        contact_id,
        description,
        flag
    from invoice_lines
    where vat_amount <> 0 or vat_amount is null
),

postings as (
    select * from control_postings
    union all
    select * from net_postings
    union all
    select * from vat_postings
)

select * from postings
