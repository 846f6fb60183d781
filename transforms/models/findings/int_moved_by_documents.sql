{#- What the tables of documents that analysts read say is posted, account by account. -#}
-- depends_on: {{ ref('touched_months') }}
{%- set is_of_sales = "coalesce(invoice_type, '') in ('sales', 'sales_credit')" %}
{%- set is_of_debtors = (
    '(' ~ is_of_sales ~ " or (transaction_type = 'money_in'"
    ~ " and coalesce(invoice_type, '') not in ('purchase', 'purchase_credit')))"
) %}
{%- set debtors, creditors = "'" ~ var('trade_debtors') ~ "'", "'" ~ var('trade_creditors') ~ "'" %}
{%- set on_sales, on_purchases = "'" ~ var('vat_on_sales') ~ "'", "'" ~ var('vat_on_purchases') ~ "'" %}
{%- set moved = [
    ('invoice', 'invoices', 'invoice_date', 'control_code', 'direction * base_gross_amount'),
    ('invoice', 'invoice_lines', 'invoice_date', 'nominal_code', '-direction * base_net_amount'),
    ('invoice', 'invoice_lines', 'invoice_date', 'vat_code', '-direction * base_vat_amount'),
    ('transaction', 'payments', 'payment_date', 'control_code', '-direction * base_settled_amount'),
    ('transaction', 'payments', 'payment_date', "'" ~ var('exchange_gains_and_losses') ~ "'", 'exchange_difference'),
    ('transaction', 'transactions', 'transaction_date', 'bank_nominal_code', 'base_signed_amount'),
    ('transaction', 'transactions', 'transaction_date', 'transfer_nominal_code', 'transferred'),
    ('transaction', 'transactions', 'transaction_date', 'nominal_code', '-direction * base_net_amount'),
    ('transaction', 'transactions', 'transaction_date', 'vat_code', '-direction * base_vat_amount'),
    ('journal', 'journal_lines', 'journal_date', 'nominal_code', 'amount'),
] %}
with invoices as (
    select
        company_id,
        invoice_date,
        base_gross_amount,
        case when {{ is_of_sales }} then {{ debtors }} else {{ creditors }} end as control_code,
        case when {{ is_of_sales }} then 1 else -1 end as direction
    from {{ ref('invoices') }}
    where is_posted and {{ in_touched_months_for('ledger_findings', 'company_id', 'invoice_date') }}
),

invoice_lines as (
    select
        company_id,
        invoice_date,
        nominal_code,
        base_net_amount,
        base_vat_amount,
        case when {{ is_of_sales }} then {{ on_sales }} else {{ on_purchases }} end as vat_code,
        case when {{ is_of_sales }} then 1 else -1 end as direction
    from {{ ref('invoice_lines') }}
    where is_posted and {{ in_touched_months_for('ledger_findings', 'company_id', 'invoice_date') }}
),

payments as (
    select
        company_id,
        payment_date,
        base_settled_amount,
        exchange_difference,
        case when {{ is_of_debtors }} then {{ debtors }} else {{ creditors }} end as control_code,
        case when {{ is_of_debtors }} then 1 else -1 end as direction
    from {{ ref('payments') }}
    where is_posted and {{ in_touched_months_for('ledger_findings', 'company_id', 'payment_date') }}
),

transactions as (
    select
        company_id,
        transaction_date,
        nominal_code,
        bank_nominal_code,
        transfer_nominal_code,
        base_net_amount,
        base_vat_amount,
        base_signed_amount,
        case when transaction_type = 'transfer' then -base_signed_amount end as transferred,
        case when transaction_type = 'money_in' then {{ on_sales }} else {{ on_purchases }} end as vat_code,
        case when transaction_type = 'money_in' then 1 else -1 end as direction
    from {{ ref('bank_transactions') }}
    where is_posted and {{ in_touched_months_for('ledger_findings', 'company_id', 'transaction_date') }}
),

journal_lines as (
    select * from {{ ref('journal_lines') }}
    where is_posted and {{ in_touched_months_for('ledger_findings', 'company_id', 'journal_date') }}
),

moved as (
    {%- for source_type, table, date, nominal_code, amount in moved %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        company_id,
        '{{ source_type }}' as source_type,
        {{ first_day_of_month(date) }} as month_start,
        coalesce({{ nominal_code }}, '{{ var("unknown_nominal") }}') as nominal_code,
        {{ amount }} as amount
    from {{ table }}
    {%- endfor %}
)

select * from moved
