{%- set of_the_document = [
    'company_id', 'invoice_id', 'invoice_number', 'invoice_type', 'status', 'is_posted', 'invoice_date', 'due_date',
    'contact_id', 'reference', 'currency', 'exchange_rate', 'sign', 'settled_by', 'amount_paid', 'amount_due',
    'created_at', 'updated_at'] %}
{%- set net = base_amount('line_items.net_amount', 'documents.exchange_rate') %}
{%- set vat = base_amount('coalesce(line_items.vat_amount, 0)', 'documents.exchange_rate') %}
with documents as (
    select * from {{ ref('int_described_invoices') }}
),

line_items as (
    select * from {{ ref('stg_invoice_line_items') }}
),

transactions as (
    select * from {{ ref('stg_transactions') }}
    where invoice_id is not null and {{ transaction_is_posted() }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

-- by all columns of the document, so that a database adds up only those that are asked for
added_up as (
    select
        documents.{{ of_the_document | join(',\n        documents.') }},
        count(line_items.line_number) as lines,
        sum(line_items.net_amount) as net_amount,
        sum(coalesce(line_items.vat_amount, 0)) as vat_amount,
        sum({{ net }}) as base_net_amount,
        sum({{ vat }}) as base_vat_amount,
        sum({{ net }} + {{ vat }}) as base_gross_amount
    from documents
    left join line_items
        on documents.company_id = line_items.company_id and documents.invoice_id = line_items.invoice_id
    group by
        documents.{{ of_the_document | join(',\n        documents.') }}
),

settlements as (
    select
        company_id,
        invoice_id,
        sum(case when transaction_type = 'money_in' then amount else -amount end) as received,
        max(transaction_date) as last_payment_date
    from transactions
    where transaction_type in ('money_in', 'money_out')
    group by company_id, invoice_id
),

settled as (
    select
        added_up.*,
        added_up.sign * (added_up.net_amount + added_up.vat_amount) as gross_amount,
        added_up.settled_by * coalesce(settlements.received, 0) as settled_amount,
        settlements.last_payment_date,
        contacts.contact_name
    from added_up
    left join settlements
        on added_up.company_id = settlements.company_id and added_up.invoice_id = settlements.invoice_id
    left join contacts on added_up.company_id = contacts.company_id and added_up.contact_id = contacts.contact_id
),

invoices as (
    select
        company_id,
        invoice_id,
        invoice_number,
        invoice_type,
        status,
        is_posted and lines > 0 as is_posted,
        invoice_date,
        due_date,
        contact_id,
        contact_name,
        reference,
        currency,
        exchange_rate,
        cast(sign * net_amount as {{ money() }}) as net_amount,
        cast(sign * vat_amount as {{ money() }}) as vat_amount,
        cast(gross_amount as {{ money() }}) as gross_amount,
        cast(sign * base_net_amount as {{ money() }}) as base_net_amount,
        cast(sign * base_vat_amount as {{ money() }}) as base_vat_amount,
        cast(sign * base_gross_amount as {{ money() }}) as base_gross_amount,
        cast(settled_amount as {{ money() }}) as settled_amount,
        cast(sign * amount_paid as {{ money() }}) as amount_paid,
        cast(sign * amount_due as {{ money() }}) as amount_due,
        cast(sign * {{ base_amount('amount_due', 'exchange_rate') }} as {{ money() }}) as base_amount_due,
        last_payment_date,
        case
            when is_posted and lines > 0 and coalesce(sign * amount_due, gross_amount - settled_amount) <> 0
                then greatest(0, {{ days_after(day_of_reading(), 'coalesce(due_date, invoice_date)') }})
        end as days_overdue,
        created_at,
        updated_at
    from settled
)

select * from invoices
