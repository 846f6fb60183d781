{#- A copy has the same contact, type, currency and amount as another invoice, and the same number; or the same
    reference within a few days; or the same day and no reference. Invoices with other references are no copies. -#}
{%- set check = 'likely_duplicate_invoice' %}
{%- set same = 'company_id, contact_id, invoice_type, currency, gross_amount' %}
{%- set in_order = 'order by invoice_date, invoice_id' %}
{%- set by_reference = 'order by document_reference, invoice_id' %}
{%- set message = sentence(
    'Invoices {one} and {other} of {contact} are both for {amount}, and nothing tells them apart. If one is a copy, '
    ~ 'void it in AccBooks.',
    one='original_id', other=record_text('invoice_id', 'invoice_number'),
    contact='coalesce(contact_name, contact_id)', amount=amount_text('gross_amount')
) %}
with invoices as (
    select
        *,
        {{ comparable('reference') }} as document_reference,
        {{ comparable('invoice_number') }} as document_number
    from {{ beside(ref('invoices')) }}
    where is_posted and contact_id is not null and abs(base_gross_amount) >= {{ threshold(check, 'amount') }}
),

with_earlier as (
    select
        *,
        lag(invoice_id) over (partition by {{ same }}, document_number {{ in_order }}) as of_number,
        lag(invoice_id) over (partition by {{ same }}, document_reference {{ in_order }}) as of_reference,
        lag(invoice_date) over (partition by {{ same }}, document_reference {{ in_order }}) as date_of_reference,
        lag(invoice_id) over (partition by {{ same }}, invoice_date {{ by_reference }}) as of_day,
        lag(document_reference) over (partition by {{ same }}, invoice_date {{ by_reference }}) as reference_of_day
    from invoices
),

copies as (
    select
        *,
        coalesce(
            case when document_number <> '' then of_number end,
            case
                when document_reference <> '' and invoice_date - date_of_reference <= {{ threshold(check, 'days') }}
                    then of_reference
            end,
            case when reference_of_day = '' then of_day end
        ) as original_id
    from with_earlier
),

advice as (
    select
        company_id,
        {{ advice(
            check, 'invoice', "original_id || ', ' || invoice_id", 'base_gross_amount', 'invoice_date', message
        ) }}
    from copies
    where original_id is not null
)

select * from advice
