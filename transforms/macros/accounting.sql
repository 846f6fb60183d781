{#- Base currency per unit. A missing rate is 1 only where the record is in the base currency; elsewhere it stays
    null, so the record posts nulls and the tests name it, rather than a guess. -#}
{% macro effective_rate(exchange_rate, currency, base_currency) -%}
    case
        when {{ exchange_rate }} is not null then {{ exchange_rate }}
        when {{ currency }} is null or {{ currency }} = {{ base_currency }} then cast(1 as decimal(18, 8))
    end
{%- endmacro %}

{#- Base amount, halves away from zero. -#}
{% macro base_amount(amount, rate) -%}
    round({{ product(amount, rate) }}, 2)
{%- endmacro %}

{#- A net amount split into a debit and a credit, one of them zero. Not greatest(), which would turn null into zero. -#}
{% macro debit_of(amount) -%}
    case when {{ amount }} > 0 then {{ amount }} when {{ amount }} <= 0 then 0 end
{%- endmacro %}

{% macro credit_of(amount) -%}
    case when {{ amount }} < 0 then -{{ amount }} when {{ amount }} >= 0 then 0 end
{%- endmacro %}

{#- The values of a list variable as SQL text, for use with `in`. -#}
{% macro quoted(values) -%}
    (
    {%- for value in values -%}
        {{ ', ' if not loop.first }}{{ dbt.string_literal(dbt.escape_single_quotes(value)) }}
    {%- endfor -%}
    )
{%- endmacro %}

{#- The same line of the same report, in a join: a balance has no start, and the year's earnings have no account. -#}
{% macro same_line(one, other) -%}
    {{ one }}.company_id = {{ other }}.company_id
            and {{ one }}.report = {{ other }}.report
            and {{ one }}.period_end = {{ other }}.period_end
            and coalesce({{ one }}.period_start, {{ earliest_date() }})
            = coalesce({{ other }}.period_start, {{ earliest_date() }})
            and coalesce({{ one }}.nominal_code, '') = coalesce({{ other }}.nominal_code, '')
{%- endmacro %}

{#- Of a company whose books went on changing while they were read. -#}
{% macro in_flight(company) -%}
    {%- if var('in_flight', []) -%} {{ company }} in {{ quoted(var('in_flight')) }}
    {%- else -%} 1 = 0
    {%- endif -%}
{%- endmacro %}
