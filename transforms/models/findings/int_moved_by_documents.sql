{#- What the tables of documents that analysts read say is posted, account by account. -#}
-- depends_on: {{ ref('touched_months') }}
{%- set sales = "('sales', 'sales_credit')" %}
{%- set purchases = "('purchase', 'purchase_credit')" %}
with invoices as (
    select * from {{ ref('invoices') }}
    where is_posted and {{ in_touched_months_for('ledger_findings', 'company_id', 'invoice_date') }}
),

invoice_lines as (
    select
        invoice_lines.*,
        -- what is sold is credited, what is bought is debited
        case when invoice_lines.invoice_type in {{ sales }} then -1 else 1 end as direction
    from {{ ref('invoice_lines') }} as invoice_lines
    where invoice_lines.is_posted and {{ in_touched_months_for('ledger_findings', 'company_id', 'invoice_date') }}
),

payments as (
    select * from {{ ref('payments') }}
    where is_posted and {{ in_touched_months_for('ledger_findings', 'company_id', 'payment_date') }}
),

transactions as (
    select
        transactions.*,
        banks.nominal_code as bank_nominal_code,
        transfer_banks.nominal_code as transfer_nominal_code,
        case when transactions.transaction_type = 'money_in' then -1 else 1 end as direction
    from {{ ref('bank_transactions') }} as transactions
    left join {{ ref('bank_accounts') }} as banks using (company_id, bank_account_id)
    left join {{ ref('bank_accounts') }} as transfer_banks
        on
            transactions.company_id = transfer_banks.company_id
            and transactions.transfer_bank_account_id = transfer_banks.bank_account_id
    where
        transactions.is_posted
        and {{ in_touched_months_for('ledger_findings', 'transactions.company_id', 'transactions.transaction_date') }}
),

journal_lines as (
    select * from {{ ref('journal_lines') }}
    where is_posted and {{ in_touched_months_for('ledger_findings', 'company_id', 'journal_date') }}
),

{%- set direct = "transaction_type <> 'transfer' and invoice_id is null" %}
{%- set is_sales = 'invoice_type in ' ~ sales %}
{%- set of_debtors = (
    is_sales ~ ' or (coalesce(invoice_type, \'\') not in ' ~ purchases ~ " and transaction_type = 'money_in')"
) %}
{%- set debtors, creditors = "'" ~ var('trade_debtors') ~ "'", "'" ~ var('trade_creditors') ~ "'" %}
{%- set of_sales, of_purchases = "'" ~ var('vat_on_sales') ~ "'", "'" ~ var('vat_on_purchases') ~ "'" %}
{%- set moved = [
    ('invoice', 'invoices', 'invoice_date', 'case when ' ~ is_sales ~ ' then ' ~ debtors ~ ' else ' ~ creditors ~ ' end',
        'case when ' ~ is_sales ~ ' then base_gross_amount else -base_gross_amount end', '1 = 1'),
    ('invoice', 'invoice_lines', 'invoice_date', 'nominal_code', 'direction * base_net_amount', '1 = 1'),
    ('invoice', 'invoice_lines', 'invoice_date',
        'case when ' ~ is_sales ~ ' then ' ~ of_sales ~ ' else ' ~ of_purchases ~ ' end', 'direction * base_vat_amount',
        '1 = 1'),
    ('transaction', 'payments', 'payment_date', 'case when ' ~ of_debtors ~ ' then ' ~ debtors ~ ' else ' ~ creditors ~ ' end',
        'case when ' ~ of_debtors ~ ' then -base_settled_amount else base_settled_amount end', '1 = 1'),
    ('transaction', 'payments', 'payment_date', "'" ~ var('exchange_gains_and_losses') ~ "'", 'exchange_difference', '1 = 1'),
    ('transaction', 'transactions', 'transaction_date', 'bank_nominal_code', 'base_signed_amount', '1 = 1'),
    ('transaction', 'transactions', 'transaction_date', 'transfer_nominal_code', '-base_signed_amount',
        "transaction_type = 'transfer'"),
    ('transaction', 'transactions', 'transaction_date', 'nominal_code', 'direction * base_net_amount', direct),
    ('transaction', 'transactions', 'transaction_date',
        "case when transaction_type = 'money_in' then " ~ of_sales ~ ' else ' ~ of_purchases ~ ' end',
        'direction * base_vat_amount', direct),
    ('journal', 'journal_lines', 'journal_date', 'nominal_code', 'amount', '1 = 1'),
] %}

moved as (
    {%- for source_type, table, date, nominal_code, amount, condition in moved %}
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
    where {{ condition }}
    {%- endfor %}
)

select * from moved
