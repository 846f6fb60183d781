with postings as (
    {%- for source_type in ['invoice', 'transaction', 'journal'] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        company_id,
        '{{ source_type }}' as source_type,
        {{ source_type }}_id as source_id,
        line_number,
        {{ source_type }}_date as posting_date,
        nominal_code,
        {{ 'debit' if source_type == 'journal' else debit_of('amount') }} as debit,
        {{ 'credit' if source_type == 'journal' else credit_of('amount') }} as credit,
        document_id,
        bank_account_id,
        currency,
        amount_in_currency,
        vat_rate,
        vat_box,
        contact_id,
        description,
        flag
    from {{ ref('int_' ~ source_type ~ '_postings') }}
    {%- endfor %}
),

identified as (
    select
        company_id,
        company_id || ':' || source_type || ':' || source_id || ':' || {{ as_text('line_number') }} as posting_id,
        posting_date,
        source_type,
        source_id,
        line_number,
        nominal_code,
        cast(debit as {{ money() }}) as debit,
        cast(credit as {{ money() }}) as credit,
        cast(debit - credit as {{ money() }}) as amount,
        contact_id,
        description,
        document_id,
        bank_account_id,
        currency,
        cast(amount_in_currency as {{ money() }}) as amount_in_currency,
        vat_rate,
        cast(vat_box as integer) as vat_box,
        flag
    from postings
    where source_type in {{ quoted(var('ledger_sources')) }}
)

select * from identified
