{#- The rows of a configured file. Our command sets the variable to `file`: they are in a raw table. In a dbt project
    of your own it is the name of a model or seed, or with a point the name of a relation. -#}
{% macro configured_relation(file, raw_table) -%}
    {%- set given = var('accbooks_' ~ file, '') -%}
    {%- if given in ('', 'file') -%} {{ return(source('accbooks_raw', raw_table)) }}
    {%- elif '.' in given -%} {{ return(given) }}
    {%- else -%} {{ return(ref(given)) }}
    {%- endif -%}
{%- endmacro %}

{#- The rows of a configured file by its staging model; where it is not configured, none with these columns. -#}
{% macro configured_rows(file, model, columns) -%}
    {%- if var('accbooks_' ~ file, '') != '' -%} select * from {{ ref(model) }}
    {%- else -%}
    select
        {%- for name, type in columns.items() %}
        cast(null as {{ column_type(type) }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where 1 = 0
    {%- endif -%}
{%- endmacro %}
