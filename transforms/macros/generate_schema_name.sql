{#- BI reads `accbooks`, not `accbooks_accbooks`: a model's schema is used as it is written. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
