{#- A threshold of a bookkeeping check: what the variable accbooks_checks says of it, or the default. -#}
{% macro threshold(check, name) -%}
    {%- set given = var('accbooks_checks', {}).get(check, {}) -%}
    {{ return((given or {}).get(name, var('check_thresholds')[check][name])) }}
{%- endmacro %}

{#- The checks that are switched off: accbooks_checks has false instead of thresholds. -#}
{% macro checks_switched_off() -%}
    {%- set found = [] -%}
    {%- for check, given in var('accbooks_checks', {}).items() if given is sameas false -%}
        {%- do found.append(check) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The columns of an advice beside its company. The thresholds it went by are written as text. -#}
{% macro advice(check, subject_type, subject, amount, date, message) -%}
    {%- set used = [] -%}
    {%- for name in var('check_thresholds')[check] -%}
        {%- do used.append(name ~ ' ' ~ threshold(check, name)) -%}
    {%- endfor -%}
    '{{ check }}' as check_name,
        '{{ subject_type }}' as subject_type,
        {{ as_text(subject) }} as subject,
        cast({{ amount }} as {{ money() }}) as amount,
        cast({{ date }} as date) as date,
        {{ message }} as message,
        {{ "'" ~ used | join(', ') ~ "'" if used else as_text('null') }} as threshold
{%- endmacro %}

{#- The day of a moment, and whether it is a Saturday or Sunday. -#}
{% macro day_of(moment) -%} cast({{ moment }} as date) {%- endmacro %}

{% macro is_weekend(date) -%} {{ return(adapter.dispatch('is_weekend', 'accbooks')(date)) }} {%- endmacro %}

{% macro default__is_weekend(date) -%} extract(isodow from {{ date }}) >= 6 {%- endmacro %}

{% macro spark__is_weekend(date) -%} weekday({{ date }}) >= 5 {%- endmacro %}

{#- The day so many days before someone reads. -#}
{% macro days_ago(days) -%} ({{ day_of_reading() }} - {{ days }}) {%- endmacro %}

{#- A text without case and outer spaces, to find what two documents have in common; empty for none. -#}
{% macro comparable(text) -%} lower(trim(coalesce({{ text }}, ''))) {%- endmacro %}
