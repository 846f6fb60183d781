{#- The rows of a configured file. Our command sets the variable to `file`: they are in a raw table. In a dbt project
    of your own it is the name of a model or seed, or with a point the name of a relation. -#}
{% macro configured_relation(file, raw_table) -%}
    {%- set given = var('accbooks_' ~ file, '') -%}
    {%- if given in ('', 'file') -%} {{ return(source('accbooks_raw', raw_table)) }}
    {%- elif '.' in given -%} {{ return(given) }}
    {%- else -%} {{ return(ref(given)) }}
    {%- endif -%}
{%- endmacro %}
