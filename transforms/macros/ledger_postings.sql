{#- The columns of ledger_postings, and so of the general ledger: its comparisons with the records take them from here, so that none forgets one.
    tests/transforms/test_project_rules.py compares the lists with ledger_postings.yml. -#}
{% macro ledger_key() -%}
    {{ return(['company_id', 'source_type', 'source_id', 'line_number', 'nominal_code']) }}
{%- endmacro %}

{% macro ledger_amounts() -%}
    {{ return(['debit', 'credit', 'amount', 'amount_in_currency']) }}
{%- endmacro %}

{#- All others: a comparison writes them as text. -#}
{% macro ledger_texts() -%}
    {{ return([
        'posting_id', 'posting_date', 'contact_id', 'description', 'document_id', 'bank_account_id', 'currency',
        'vat_rate', 'vat_box', 'flag'
    ]) }}
{%- endmacro %}
