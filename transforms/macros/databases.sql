{#- Everything databases disagree on. These forms are understood by DuckDB and PostgreSQL alike; a database that
    spells one differently is taught here and nowhere else. -#}

{% macro today() -%}
    {%- if var('today', none) -%} cast('{{ var("today") }}' as date) {%- else -%} current_date {%- endif -%}
{%- endmacro %}

{% macro first_day_of_month(date) -%}
    cast(date_trunc('month', {{ date }}) as date)
{%- endmacro %}

{% macro last_day_of_month(date) -%}
    cast(date_trunc('month', {{ date }}) + interval '1 month' as date) - 1
{%- endmacro %}

{% macro add_months(date, months) -%}
    cast({{ date }} + {{ months }} * interval '1 month' as date)
{%- endmacro %}

{% macro year_of(date) -%}
    cast(extract(year from {{ date }}) as integer)
{%- endmacro %}

{% macro month_of(date) -%}
    cast(extract(month from {{ date }}) as integer)
{%- endmacro %}

{% macro date_of(year, month, day) -%}
    make_date({{ year }}, {{ month }}, {{ day }})
{%- endmacro %}

{#- A lateral table of the whole numbers from first to last, in column `number`. -#}
{% macro numbers_between(first, last, alias) -%}
    lateral generate_series({{ first }}, {{ last }}) as {{ alias }} (number)
{%- endmacro %}

{#- A database that plans by statistics has none of what was just loaded, and without them joins a million rows by
    nested loops. Others keep their own, and get no statement. -#}
{% macro refresh_statistics(relations) -%}
    {{ return(adapter.dispatch('refresh_statistics', 'accbooks')(relations)) }}
{%- endmacro %}

{% macro default__refresh_statistics(relations) -%}
{%- endmacro %}

{% macro postgres__refresh_statistics(relations) -%}
    analyze {{ relations | join(', ') }}
{%- endmacro %}

{#- The indexes of a table that is read by date, account and company. A database of columns wants none: it leaves out
    by their least and greatest value the blocks that no row of a query is in. -#}
{% macro kept_indexes(columns) -%}
    {{ return(adapter.dispatch('kept_indexes', 'accbooks')(columns)) }}
{%- endmacro %}

{% macro default__kept_indexes(columns) -%}
    {{ return([]) }}
{%- endmacro %}

{% macro postgres__kept_indexes(columns) -%}
    {%- set indexes = [] -%}
    {%- for names in columns -%}
        {%- do indexes.append({'columns': names}) -%}
    {%- endfor -%}
    {{ return(indexes) }}
{%- endmacro %}
