{#- In DuckDB a view is replaced by one statement, which also says what it and its columns are. dbt makes it under another
    name, renames two views and drops one. In a first run that was most of the time of a view. -#}

{% materialization view, adapter='duckdb' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='view') -%}
    {#- What an interrupted run of an earlier version left. -#}
    {%- for left_over in (make_intermediate_relation(target), make_backup_relation(target, 'view')) -%}
        {{ drop_relation_if_exists(load_cached_relation(left_over)) }}
    {%- endfor -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and not existing.is_view -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ get_create_view_as_sql(target, sql) }}
        {{ comments_on(target, model) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{% macro duckdb__create_view_as(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    {{ config.get('sql_header') or '' }}
    create or replace view {{ relation }} as (
        {{ sql }}
    );
{%- endmacro %}
