{#- What a kept table and its columns say of themselves is written down when it is made: that holds as long as the table
    does, for the pipeline makes all anew for another version of the project. It takes one statement, where dbt asks for
    the columns first and takes two. -#}
{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
    {%- set is_described = (
        var('project_version', none) is not none
        and model.config.materialized == 'incremental'
        and held_relation(model.name) is not none
    ) -%}
    {%- set comments = '' if is_described else comments_on(relation, model) | trim -%}
    {%- if comments -%}
        {%- call statement('comments') -%} {{ comments }} {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

{#- The statements that describe a relation and its columns in the database; none, if it is not to be described. -#}
{% macro comments_on(relation, model) -%}
    {%- if config.persist_relation_docs() and model.description -%}
        {{ alter_relation_comment(relation, model.description) }}
    {%- endif -%}
    {%- if config.persist_column_docs() and model.columns -%}
        {{ alter_column_comment(relation, model.columns) }}
    {%- endif -%}
{%- endmacro %}

{#- dbt looks for each column in the database first, and leaves out what is not there. Here that is an error. -#}
{% macro duckdb__alter_column_comment(relation, column_dict) -%}
    {%- for name, column in column_dict.items() %}
    comment on column {{ relation }}.{{ adapter.quote(name) if column['quote'] else name }}
    is {{ duckdb_escape_comment(column['description']) }};
    {%- endfor -%}
{%- endmacro %}

{% macro postgres__alter_column_comment(relation, column_dict) -%}
    {%- for name, column in column_dict.items() %}
    comment on column {{ relation }}.{{ adapter.quote(name) if column['quote'] else name }}
    is {{ postgres_escape_comment(column['description']) }};
    {%- endfor -%}
{%- endmacro %}
