{#- PostgreSQL drops with a relation whatever is built on it. dbt's own materializations make a table or view anew and
    drop the old one, so that views of others would go. Here a relation stays the same one as long as its columns allow:
    a table's rows are replaced in one transaction, a view's query is. Where they do not allow it, and a view of somebody
    else's is built on the relation, the model fails and names that view; nothing of the relation is changed then. -#}

{% materialization table, adapter='postgres' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none or not existing.is_table -%}
        {%- do refuse_to_drop(existing) -%}
        {{ return(dbt.materialization_table_default()) }}
    {%- endif -%}
    {{ return({'relations': [table_with_new_rows(existing)]}) }}
{%- endmaterialization %}

{% materialization incremental, adapter='postgres' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none or not existing.is_table or not should_full_refresh() -%}
        {%- if existing is not none and not existing.is_table -%}{%- do refuse_to_drop(existing) -%}{%- endif -%}
        {{ return(dbt.materialization_incremental_default()) }}
    {%- endif -%}
    {{ return({'relations': [table_with_new_rows(existing)]}) }}
{%- endmaterialization %}

{% materialization view, adapter='postgres' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none or not existing.is_view -%}
        {%- do refuse_to_drop(existing) -%}
        {{ return(dbt.materialization_view_default()) }}
    {%- endif -%}
    {{ return({'relations': [view_with_new_query(existing)]}) }}
{%- endmaterialization %}

{% macro table_with_new_rows(existing) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set new_rows = make_temp_relation(target) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- do run_query(get_create_table_as_sql(True, new_rows, sql)) -%}
    {%- set columns = adapter.get_columns_in_relation(new_rows) -%}
    {%- if keeps_columns(existing, columns) -%}
        {%- do add_columns(existing, columns) -%}
        {%- do drop_indexes_of_dbt(existing) -%}
        {%- set names = get_quoted_csv(columns | map(attribute='name')) -%}
        {%- call statement('main') -%}
            delete from {{ existing }};

            insert into {{ existing }} ({{ names }}) select {{ names }} from {{ new_rows }}
        {%- endcall -%}
    {%- else -%}
        {%- do refuse_to_drop(existing) -%}
        {%- do adapter.drop_relation(existing) -%}
        {%- call statement('main') -%} create table {{ target }} as (select * from {{ new_rows }}) {%- endcall -%}
    {%- endif -%}
    {%- do create_indexes(target) -%}
    {%- do finish_model(target, existing) -%}
    {{ return(target) }}
{%- endmacro %}

{% macro view_with_new_query(existing) -%}
    {%- set target = this.incorporate(type='view') -%}
    {%- set trial = make_intermediate_relation(target) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ drop_relation_if_exists(load_cached_relation(trial)) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- do run_query(get_create_view_as_sql(trial, sql)) -%}
    {%- set columns = adapter.get_columns_in_relation(trial) -%}
    {%- do run_query('drop view ' ~ trial) -%}
    {%- if not begins_with_columns_of(existing, columns) -%}
        {%- do refuse_to_drop(existing) -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%} create or replace view {{ target }} as ({{ sql }}) {%- endcall -%}
    {%- do finish_model(target, existing) -%}
    {{ return(target) }}
{%- endmacro %}

{% macro finish_model(target, existing) -%}
    {%- do apply_grants(
        target, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=True)
    ) -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
{%- endmacro %}

{#- The columns of a relation as texts, in order. -#}
{% macro described_columns(columns) -%}
    {%- set described = [] -%}
    {%- for column in columns -%}{%- do described.append(column.name ~ ' ' ~ column.data_type) -%}{%- endfor -%}
    {{ return(described) }}
{%- endmacro %}

{#- Whether a table has no column that the new ones are without, or have with another type. -#}
{% macro keeps_columns(existing, columns) -%}
    {%- set described = described_columns(columns) -%}
    {{ return(described_columns(adapter.get_columns_in_relation(existing)) | reject('in', described) | list == []) }}
{%- endmacro %}

{#- Whether the new columns of a view begin with those it has: PostgreSQL lets a view get more at its end, and no others. -#}
{% macro begins_with_columns_of(existing, columns) -%}
    {%- set held = described_columns(adapter.get_columns_in_relation(existing)) -%}
    {{ return(described_columns(columns)[:held | length] == held) }}
{%- endmacro %}

{% macro add_columns(existing, columns) -%}
    {%- set held = adapter.get_columns_in_relation(existing) | map(attribute='name') | list -%}
    {%- for column in columns if column.name not in held -%}
        {%- do run_query(
            'alter table ' ~ existing ~ ' add column ' ~ adapter.quote(column.name) ~ ' ' ~ column.data_type
        ) -%}
    {%- endfor -%}
{%- endmacro %}

{#- dbt gives an index a new name, of 32 hexadecimal digits, whenever it makes one. Those of others stay. -#}
{% macro drop_indexes_of_dbt(existing) -%}
    {%- set indexes = run_query(
        'select indexname from pg_indexes where schemaname = ' ~ as_literal(existing.schema) ~ ' and tablename = '
        ~ as_literal(existing.identifier) ~ " and indexname ~ '^[0-9a-f]{32}$'"
    ) -%}
    {%- for index in indexes.columns[0].values() -%}
        {%- do run_query('drop index ' ~ adapter.quote(existing.schema) ~ '.' ~ adapter.quote(index)) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro as_literal(text) -%}
    {{ return(dbt.string_literal(dbt.escape_single_quotes(text))) }}
{%- endmacro %}

{#- Fail the model if somebody else's view is built on a relation that has to be dropped. -#}
{% macro refuse_to_drop(existing) -%}
    {%- set views = [] if existing is none else views_of_others(existing) -%}
    {%- if views -%}
        {%- do exceptions.raise_compiler_error(
            (views | join(', ')) ~ (' stands' if views | length == 1 else ' stand') ~ ' in the way: built on '
            ~ existing.schema ~ '.' ~ existing.identifier ~ ', whose columns change with this version. Drop '
            ~ ('it' if views | length == 1 else 'them') ~ ', run again, and build '
            ~ ('it' if views | length == 1 else 'them') ~ ' anew.'
        ) -%}
    {%- endif -%}
{%- endmacro %}

{#- The views built on a relation, directly or on other views of it, that are not of this project. Those for the readers
    of one company are: they are made again after the build, as the comment on their schema says. -#}
{% macro views_of_others(existing) -%}
    {%- set ours = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- do ours.append(node.schema ~ '.' ~ node.alias) -%}
    {%- endfor -%}
    {#- The graph of a sync has no metrics, but their views may be there. -#}
    {%- for name in ('metric_aged_debts', 'metric_days') -%}
        {%- do ours.append(graph.nodes['model.accbooks.months'].schema ~ '.' ~ name) -%}
    {%- endfor -%}
    {%- set found = run_query(
        'with recursive dependents as (select cast(' ~ as_literal(existing.include(database=false) | string)
        ~ ' as regclass) as oid union select rules.ev_class from dependents inner join pg_depend as links'
        ~ " on dependents.oid = links.refobjid and links.refclassid = cast('pg_class' as regclass)"
        ~ " and links.classid = cast('pg_rewrite' as regclass)"
        ~ ' inner join pg_rewrite as rules on links.objid = rules.oid)'
        ~ " select schemas.nspname || '.' || relations.relname as name from dependents"
        ~ ' inner join pg_class as relations on dependents.oid = relations.oid'
        ~ ' inner join pg_namespace as schemas on relations.relnamespace = schemas.oid'
        ~ " where coalesce(starts_with(obj_description(schemas.oid, 'pg_namespace'), 'accbooks grant-reader: '), false)"
        ~ ' = false order by name'
    ) -%}
    {%- set others = [] -%}
    {%- for name in found.columns[0].values() if name not in ours -%}{%- do others.append(name) -%}{%- endfor -%}
    {{ return(others) }}
{%- endmacro %}
