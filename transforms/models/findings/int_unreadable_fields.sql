{#- Fields from which their record posts nothing and that could not be read: they are null, and `extra` has their values
    as they came. The list is that of the fields without which the pipeline's declarations let some record post. -#}
{{ config(materialized='ephemeral') }}
{%- set tables = [
    ('company', 'company', 'company_id', 'null'),
    ('contacts', 'contacts', 'contact_id', 'null'),
    ('bank_accounts', 'bank_accounts', 'account_id', 'null'),
    ('transactions', 'transactions', 'transaction_id', 'null'),
    ('invoices', 'invoices', 'invoice_id', 'null'),
    ('invoice_line_items', 'invoices', 'invoice_id', 'line_number'),
    ('journals', 'journals', 'journal_id', 'null'),
    ('journal_lines', 'journals', 'journal_id', 'line_number'),
] %}
{%- set fields = [
    'account_id', 'amount', 'amount_due', 'amount_paid', 'base_currency', 'books_start_date', 'company_number',
    'contact_id', 'country', 'created_at', 'currency', 'customer_id', 'description', 'due_date', 'email',
    'exchange_rate', 'financial_year_end', 'gross_total', 'invoice_id', 'is_active', 'line_items', 'name',
    'net_amount', 'net_total', 'nominal_code', 'number', 'payment_terms_days', 'plan', 'quantity', 'reference',
    'supplier_id', 'transfer_account_id', 'type', 'unit_price', 'updated_at', 'vat_amount', 'vat_number',
    'vat_rate', 'vat_scheme', 'vat_total',
] %}

with odd_rows as (
    {%- for table, resource, identifier, line_number in tables %}
    select
        company_id,
        '{{ resource }}' as resource,
        {{ as_text(identifier) }} as record_id,
        cast({{ line_number }} as integer) as line_number,
        extra
    from {{ ref('stg_' ~ table) }}
    -- so that no other JSON is parsed
    where {{ as_text('extra') }} like '%"_unreadable"%'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

fields as (
    {%- for field in fields %}
    select '{{ field }}' as field
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

odd_fields as (
    select
        odd_rows.company_id,
        odd_rows.resource,
        odd_rows.record_id,
        odd_rows.line_number,
        fields.field,
        case fields.field
            {%- for field in fields %}
            when '{{ field }}' then {{ json_text_at('odd_rows.extra', '_unreadable', field) }}
            {%- endfor %}
        end as found
    from odd_rows
    cross join fields
),

unreadable_fields as (
    select * from odd_fields
    where found is not null
)

select * from unreadable_fields
