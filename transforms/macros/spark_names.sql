{#- What dbt itself writes in another way for Spark, in the forms that our models need. -#}

{#- Spark takes a backslash for the beginning of an escape, and two quotes in a text for the end and the beginning of
    one. -#}
{% macro spark__escape_single_quotes(expression) -%}
{{ expression | replace("\\", "\\\\") | replace("'", "\\'") }}
{%- endmacro %}

{% macro spark__last_day(date, datepart) -%} last_day({{ date }}) {%- endmacro %}

{#- dbt's own form takes the texts in any order. -#}
{% macro spark__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
    {%- set place = order_by_clause | replace('order by ', '') -%}
    case when count({{ measure }}) > 0 then array_join(transform(
        array_sort(collect_list(named_struct('place', {{ place }}, 'text', {{ measure }}))), each -> each.text
    ), {{ delimiter_text }}) end
{%- endmacro %}

{#- The types of a contract are written as DuckDB and PostgreSQL have them. -#}
{% macro spark__cast(field, type) -%} cast({{ field }} as {{ column_type(type) }}) {%- endmacro %}

{#- Spark knows schemas alone; what is above them is the session's. -#}
{% macro spark__built_in() -%} {{ return(none) }} {%- endmacro %}

{#- The first thing dbt asks. Sail 0.7 mistakes the decimals of a number behind a minus where ANSI mode is off, as
    dbt-spark has it: no model may be built then. `accbooks` has it on. -#}
{% macro spark__list_schemas(database) -%}
    {%- set found = run_query('select cast(-cast(id + 1.5 as decimal(18, 2)) as string) from range(1)').rows[0][0] -%}
    {%- if found | string != '-1.50' -%}
        {%- do exceptions.raise_compiler_error(
            'This engine takes -1.50 for ' ~ found ~ '. Build the models by `accbooks transform`, which connects with '
            ~ 'spark.sql.ansi.enabled, or on another engine.'
        ) -%}
    {%- endif -%}
    {{ return(run_query('show databases')) }}
{%- endmacro %}
