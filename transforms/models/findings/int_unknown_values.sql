{#- Values that AccBooks' API does not document, one row each, and what becomes of their record. One rule decides:
    such a value never takes a record out of the ledger. Only a type does, without which nobody knows which side
    to debit. -#}
{{ config(materialized='ephemeral') }}
{%- set posted = "Its status keeps nothing out of the ledger: only draft and void do." %}
{%- set not_posted = "It is not in the ledger, because nobody knows which side it debits." %}
{%- set posts_nothing = "It posts nothing." %}
{%- set at_its_rate = "What it posts is in the ledger at its exchange rate." %}
{%- set as_given = "What it posts is in the ledger as it is given." %}
{%- set by_its_lines = "It is in the ledger as its lines say." %}
{%- set kept = "Nothing in the ledger follows from it." %}
{%- set codes = 'a currency of ISO 4217' %}
{%- set not_draft = "coalesce(status, '') not in ('draft', 'void')" %}
{%- set draft = "status in ('draft', 'void')" %}
{%- set invoice_types = ['sales', 'purchase', 'sales_credit', 'purchase_credit'] %}
{%- set invoice_statuses = ['draft', 'sent', 'part_paid', 'paid', 'void'] %}
{%- set transaction_types = ['money_in', 'money_out', 'transfer'] %}
{%- set documented = [
    ('company', 'company_id', 'plan', 'plan', ['starter', 'pro', 'enterprise'], kept, none),
    ('company', 'company_id', 'base_currency', 'base_currency', codes, kept, none),
    ('contacts', 'contact_id', 'contact_type', 'type', ['customer', 'supplier'], kept, none),
    ('contacts', 'contact_id', 'currency', 'currency', codes, kept, none),
    ('bank_accounts', 'account_id', 'currency', 'currency', codes, kept, none),
    ('transactions', 'transaction_id', 'transaction_type', 'type', transaction_types, not_posted, not_draft),
    ('transactions', 'transaction_id', 'transaction_type', 'type', transaction_types, posts_nothing, draft),
    ('transactions', 'transaction_id', "coalesce(status, 'null')", 'status', ['posted', 'draft', 'void'], posted, none),
    ('transactions', 'transaction_id', 'currency', 'currency', codes, at_its_rate, none),
    ('transactions', 'transaction_id', 'vat_rate', 'vat_rate', ['20', '5', '0', 'exempt'], as_given, none),
    ('invoices', 'invoice_id', 'invoice_type', 'type', invoice_types, not_posted, not_draft),
    ('invoices', 'invoice_id', 'invoice_type', 'type', invoice_types, posts_nothing, draft),
    ('invoices', 'invoice_id', "coalesce(status, 'null')", 'status', invoice_statuses, posted, none),
    ('invoices', 'invoice_id', 'currency', 'currency', codes, at_its_rate, none),
    ('invoice_line_items', 'invoice_id', 'vat_rate', 'vat_rate', ['20', '5', '0', 'exempt'], as_given, none),
    ('journals', 'journal_id', 'journal_type', 'type', ['opening', 'manual'], by_its_lines, none),
] %}

with unknown_values as (
    {%- for table, identifier, column, field, values, consequence, condition in documented %}
    select distinct
        company_id,
        '{{ 'unknown_type' if consequence == not_posted else 'unknown_value' }}' as check_name,
        '{{ 'invoices' if table == 'invoice_line_items' else table }}' as resource,
        {{ as_text(identifier) }} as record_id,
        '{{ field }}' as field,
        '{{ values if values is string else values | join(', ') }}' as documented,
        {{ column }} as found,
        '{{ consequence }}' as consequence
    from {{ ref('stg_' ~ table) }}
    where
        {{ column }} not in {{ quoted(currencies() if values is string else values) }}
        {%- if condition %}
        and {{ condition }}
        {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from unknown_values
