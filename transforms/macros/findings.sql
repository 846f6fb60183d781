{#- The columns of a finding beside its company, each of the type that all checks share; what is left out is null.
    Without a check of its own it is of the one in the column check_name. -#}
{% macro finding(
    check_name,
    message,
    resource='null',
    record_id='null',
    report='null',
    period_start='null',
    period_end='null',
    nominal_code='null',
    expected='null',
    found='null'
) -%}
{{ "'" ~ check_name ~ "' as " if check_name }}check_name,
        {{ as_text(resource) }} as resource,
        {{ as_text(record_id) }} as record_id,
        {{ as_text(report) }} as report,
        cast({{ period_start }} as date) as period_start,
        cast({{ period_end }} as date) as period_end,
        {{ as_text(nominal_code) }} as nominal_code,
        {{ as_text(expected) }} as expected,
        {{ as_text(found) }} as found,
        {{ message }} as message
{%- endmacro %}

{% macro finding_columns() -%}
    company_id,
        check_name,
        resource,
        record_id,
        report,
        period_start,
        period_end,
        nominal_code,
        expected,
        found,
        message
{%- endmacro %}

{#- A sentence as SQL text: each {name} in it is replaced by the value of that argument, `nothing` where it is null. -#}
{% macro sentence(template) -%}
    {%- set filled = namespace(text=dbt.escape_single_quotes(template)) -%}
    {%- for name, value in kwargs.items() -%}
        {%- set text = "' || coalesce(" ~ as_text(value) ~ ", 'nothing') || '" -%}
        {%- set filled.text = filled.text | replace('{' ~ name ~ '}', text) -%}
    {%- endfor -%}
    '{{ filled.text }}'
{%- endmacro %}

{#- An amount with two decimals, as text. -#}
{% macro amount_text(amount) -%}
    {{ as_text('cast(' ~ amount ~ ' as ' ~ money() ~ ')') }}
{%- endmacro %}

{#- A record by its number and id, as text: people know the one, AccBooks' API the other. -#}
{% macro record_text(record_id, number) -%}
    case
            when {{ number }} is null or {{ number }} = {{ record_id }} then {{ record_id }}
            else {{ number }} || ' (' || {{ record_id }} || ')'
        end
{%- endmacro %}

{#- What a record of a list is called at the beginning of a sentence. -#}
{% macro record_noun(resource) -%}
    case {{ resource }}
            when 'company' then 'Company'
            when 'contacts' then 'Contact'
            when 'bank_accounts' then 'Bank account'
            when 'transactions' then 'Transaction'
            when 'invoices' then 'Invoice'
            when 'journals' then 'Journal'
        end
{%- endmacro %}

{#- The account of a report's line by its code and name, as text. -#}
{% macro account_text(nominal_code, name) -%}
    coalesce('account ' || {{ nominal_code }} || coalesce(' (' || {{ name }} || ')', ''), 'current year earnings')
{%- endmacro %}

{#- A report of AccBooks, as text. -#}
{% macro report_text(report) -%}
    case {{ report }}
            when 'trial_balance' then 'trial balance'
            when 'balance_sheet' then 'balance sheet'
            else 'profit and loss'
        end
{%- endmacro %}

{#- The dates of a report, as text. -#}
{% macro period_text(period_start, period_end) -%}
    case
            when {{ period_start }} is null then 'at ' || {{ as_text(period_end) }}
            else 'from ' || {{ as_text(period_start) }} || ' to ' || {{ as_text(period_end) }}
        end
{%- endmacro %}
