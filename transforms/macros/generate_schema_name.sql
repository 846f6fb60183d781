{#- BI reads `accbooks`, not `accbooks_accbooks`: a model's schema is used as it is written. Somebody else's project may give
    our schemas another name; dbt knows the variables of that project alone here, not our own defaults. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | replace('accbooks', var('accbooks_schema', 'accbooks')) }}
{%- endmacro %}
