{#- Trade debtors and creditors hold what is owed, worked out month by month from the documents alone. Without
    both kinds of postings there is nothing to agree with. -#}
-- depends_on: {{ ref('touched_months') }}
{%- set controls = "('" ~ var('trade_debtors') ~ "', '" ~ var('trade_creditors') ~ "')" %}
{%- set has_both = 'invoice' in var('ledger_sources') and 'transaction' in var('ledger_sources') %}
with general_ledger as (
    select * from {{ ref('general_ledger') }}
    where
        nominal_code in {{ controls }}
        and {{ in_touched_months_for('ledger_findings', 'company_id', 'posting_date') }}
),

companies as (
    select * from {{ ref('stg_company') }}
),

invoices as (
    select
        documents.company_id,
        documents.invoice_id,
        documents.invoice_date,
        documents.status,
        case
            when documents.invoice_type in ('sales', 'sales_credit') then '{{ var("trade_debtors") }}'
            when documents.invoice_type in ('purchase', 'purchase_credit') then '{{ var("trade_creditors") }}'
        end as control_code,
        case when documents.invoice_type in ('sales', 'purchase_credit') then 1 else -1 end as direction,
        {{ effective_rate('documents.exchange_rate', 'documents.currency', 'companies.base_currency') }} as rate
    from {{ ref('stg_invoices') }} as documents
    left join companies on documents.company_id = companies.company_id
),

invoiced as (
    select
        invoices.company_id,
        {{ first_day_of_month('invoices.invoice_date') }} as month_start,
        invoices.control_code,
        line_items.nominal_code,
        invoices.direction * {{ base_amount('line_items.net_amount', 'invoices.rate') }} as net_amount,
        invoices.direction * {{ base_amount('coalesce(line_items.vat_amount, 0)', 'invoices.rate') }} as vat_amount
    from invoices
    inner join {{ ref('stg_invoice_line_items') }} as line_items
        on
            invoices.company_id = line_items.company_id
            and invoices.invoice_id = line_items.invoice_id
    where
        invoices.control_code is not null
        and coalesce(invoices.status, '') not in ('draft', 'void')
        and {{ in_touched_months_for('ledger_findings', 'invoices.company_id', 'invoices.invoice_date') }}
),

payments as (
    select
        transactions.company_id,
        transactions.transaction_id,
        {{ first_day_of_month('transactions.transaction_date') }} as month_start,
        transactions.invoice_id,
        transactions.nominal_code,
        coalesce(
            invoices.control_code,
            case
                when transactions.transaction_type = 'money_in' then '{{ var("trade_debtors") }}'
                else '{{ var("trade_creditors") }}'
            end
        ) as control_code,
        case when transactions.transaction_type = 'money_in' then -1 else 1 end as direction,
        transactions.amount,
        transactions.net_amount,
        {{ effective_rate('transactions.exchange_rate', 'transactions.currency', 'companies.base_currency') }} as rate,
        invoices.rate as invoice_rate,
        invoices.invoice_id is not null as has_invoice
    from {{ ref('stg_transactions') }} as transactions
    left join invoices
        on
            transactions.company_id = invoices.company_id
            and transactions.invoice_id = invoices.invoice_id
    left join companies on transactions.company_id = companies.company_id
    where
        transactions.transaction_type in ('money_in', 'money_out')
        and coalesce(transactions.status, '') not in ('draft', 'void')
        and {{ in_touched_months_for('ledger_findings', 'transactions.company_id', 'transactions.transaction_date') }}
),

owed as (
    select
        company_id,
        month_start,
        control_code as nominal_code,
        net_amount + vat_amount as amount
    from invoiced
    union all
    -- a line may itself name a control account
    select
        company_id,
        month_start,
        nominal_code,
        -net_amount as amount
    from invoiced
    union all
    select
        company_id,
        month_start,
        control_code as nominal_code,
        direction * case
            when has_invoice then {{ base_amount('amount', 'invoice_rate') }}
            else {{ base_amount('amount', 'rate') }}
        end as amount
    from payments
    where invoice_id is not null
    union all
    select
        company_id,
        month_start,
        nominal_code,
        direction * {{ base_amount('net_amount', 'rate') }} as amount
    from payments
    where invoice_id is null
),

-- what a bank or a transfer posts to a control account is owed by nobody
posted as (
    select
        general_ledger.company_id,
        {{ first_day_of_month('general_ledger.posting_date') }} as month_start,
        general_ledger.nominal_code,
        general_ledger.amount
    from general_ledger
    left join payments
        on
            general_ledger.company_id = payments.company_id
            and general_ledger.source_type = 'transaction'
            and general_ledger.source_id = payments.transaction_id
    where
        general_ledger.source_type = 'invoice'
        or (payments.transaction_id is not null and general_ledger.line_number = 2)
),

sides as (
    select
        company_id,
        month_start,
        nominal_code,
        amount as expected,
        0 as found
    from owed
    where nominal_code in {{ controls }}
    union all
    select
        company_id,
        month_start,
        nominal_code,
        0 as expected,
        amount as found
    from posted
),

compared as (
    select
        company_id,
        month_start,
        nominal_code,
        sum(expected) as expected,
        sum(found) as found
    from sides
    {%- if not has_both %}
    where 1 = 0
    {%- endif %}
    group by company_id, month_start, nominal_code
),

findings as (
    select
        company_id,
        month_start as judged_on,
        {{ finding(
            'control_account_differs',
            sentence(
                'In the month from {month} invoices and payments move account {account} by {expected}, the ledger by'
                ~ ' {found}. Run `accbooks transform --full-refresh`; if it stays, report it.',
                month='month_start',
                account='nominal_code',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'general_ledger'",
            period_start='month_start',
            period_end=dbt.last_day('month_start', 'month'),
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected is distinct from found
)

select * from findings
