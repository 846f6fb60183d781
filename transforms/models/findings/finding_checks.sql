{#- The severity of each check is decided here: an error ends a run with status 3, a warning is printed. -#}
{%- set checks = [
    ('account_without_category', 'error', 'Every account with a balance has a category, and so a place in a statement.'),
    ('aged_debts_differ', 'error', 'The open documents add up to trade debtors and creditors at every month-end.'),
    ('balance_sheet_does_not_balance', 'error', 'Net assets are capital and reserves at every month-end.'),
    ('bank_balances_differ', 'error', 'The balances of bank accounts are those of the trial balance at every month-end.'),
    ('cash_flow_differs', 'error', 'The cash flow statement ends with the balance of the bank accounts.'),
    ('closed_balances_differ', 'error', 'What was closed, with what changed since, adds up to the trial balance of that day.'),
    ('comparatives_differ', 'error', 'The comparative profit and loss has the figures of the profit and loss, and those of a year before.'),
    ('comparison_overdue', 'warning', 'The books were compared with AccBooks recently.'),
    ('control_account_differs', 'error', 'Invoices and payments move the control accounts as the ledger does.'),
    ('document_does_not_balance', 'error', 'Debits equal credits in every document.'),
    ('documents_differ', 'error', 'The tables of invoices, transactions and journals move every account as the ledger does.'),
    ('duplicate_record', 'error', 'Every record of AccBooks is in the warehouse once.'),
    ('earnings_differ', 'error', 'The earnings in the balance sheet are the profit of the profit and loss.'),
    ('incomplete_posting', 'error', 'Every posting has an amount and an account.'),
    ('invoice_not_found', 'warning', 'Every payment of an invoice finds the invoice.'),
    ('invoice_totals_differ', 'warning', 'The lines of every invoice add up to its totals.'),
    ('key_answers_for_another_company', 'error', 'A key answers for the same company as before.'),
    ('late_vat', 'warning', 'The VAT of closed VAT periods is what it was when they were closed.'),
    ('late_vat_differs', 'error', 'The boxes of closed VAT periods, with what changed since, add up to those of the VAT return.'),
    ('line_without_document', 'error', 'Every line belongs to a document.'),
    ('not_compared', 'error', 'Every company was read, and compared with a report of AccBooks.'),
    ('partial_history', 'warning', 'The warehouse holds all dates.'),
    ('permission_missing', 'error', 'The key may read every endpoint.'),
    ('posting_far_from_all_others', 'warning', 'No posting is dated more than ten years from all others.'),
    ('prior_period_change', var('closed_periods', 'warning'), 'What was posted in a closed period is what was posted when it was closed.'),
    ('rejected_record', 'error', 'Every record can be read, and is in the books.'),
    ('report_differs', 'error', 'Every line of a report is the same in AccBooks and in the warehouse.'),
    ('report_unusable', 'error', 'Every report of AccBooks agrees with itself.'),
    ('sales_and_expenses_differ', 'error', 'Sales and expenses add up to the profit and loss by month and account.'),
    ('table_differs', 'error', 'Every table equals what its sources give.'),
    ('transaction_totals_differ', 'warning', 'The net and VAT of every transaction add up to its amount.'),
    ('trial_balance_does_not_balance', 'error', 'Debits equal credits in every trial balance.'),
    ('unknown_type', 'error', 'The type of every document is one that AccBooks documents, so that it can be posted.'),
    ('unknown_value', 'warning', 'Every value is one that AccBooks documents.'),
    ('unreadable_field', 'warning', 'Every field can be read, also those that post nothing.'),
    ('vat_accounts_differ', 'error', 'The movements of the VAT accounts agree with the VAT return.'),
    ('vat_lines_differ', 'error', 'The lines of every VAT return add up to its boxes.'),
    ('vat_paid_differs', 'error', 'Under cash accounting the VAT returns count what is paid of invoices.'),
    ('vat_scheme_not_supported', 'warning', 'The VAT scheme of every registered company is known and configured.'),
    ('window_never_agreed', 'error', 'Every list of records was read completely.'),
    ('year_end_unknown', 'error', 'The financial year end of every company is known.'),
] %}

with checks as (
    {%- for check_name, severity, asserts in checks %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        '{{ check_name }}' as check_name,
        '{{ severity }}' as severity,
        '{{ asserts }}' as asserts
    {%- endfor %}
)

select * from checks
