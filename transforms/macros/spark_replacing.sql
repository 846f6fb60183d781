{#- On Spark tables are Delta tables. A table is made with its description and then filled; a later build replaces its rows
    by one commit, so that readers see the old rows or the new ones, and comments, grants and the table's history stay.
    Only where its columns change is it made anew. dbt's own forms describe each column by a commit of its own. -#}

{% materialization table, adapter='spark' -%}
    {{ run_hooks(pre_hooks) }}
    {%- do rows_written_anew(load_cached_relation(this)) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{%- endmaterialization %}

{% materialization incremental, adapter='spark' -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is none or existing.is_view or should_full_refresh() -%}
        {%- do rows_written_anew(existing) -%}
    {%- else -%}
        {%- do columns_added(this) -%}
        {%- set names = quoted_names(columns_of(this)) -%}
        {%- call statement('main') -%}
            {%- if config.get('incremental_strategy') == 'append_once' -%} {{ rows_appended_once(this, names) }}
            {%- else -%} {{ rows_replaced_where(this, names, conditions_of_run()) }}
            {%- endif -%}
        {%- endcall -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{%- endmaterialization %}

{% materialization view, adapter='spark' -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is not none and not existing.is_view -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- set target = this.incorporate(type='view') -%}
    {%- do contract_kept() -%}
    {%- call statement('main') -%}
        create or replace view {{ target }} (
        {%- for column in get_column_schema_from_query(compiled_code) %}
            {{ adapter.quote(column.name) }} {{ comment_on(column.name) }} {{- ',' if not loop.last }}
        {%- endfor %}
        ) {{ comment_on_relation() }} as {{ compiled_code }}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{% macro contract_kept() -%}
    {%- if config.get('contract').enforced -%}{%- do get_assert_columns_equivalent(compiled_code) -%}{%- endif -%}
{%- endmacro %}

{#- All rows of a table by those of the query; the table is made first if there is none with these columns. -#}
{% macro rows_written_anew(existing) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- do contract_kept() -%}
    {%- set columns = get_column_schema_from_query(compiled_code) -%}
    {%- if existing is not none and not existing.is_table -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
    {%- set is_held = existing is not none and existing.is_table -%}
    {%- if not is_held or described_columns(columns_of(target)) != described_columns(columns) -%}
        {%- call statement('create') -%} {{ empty_table(target, columns) }} {%- endcall -%}
    {%- endif -%}
    {%- call statement('main') -%}
        insert overwrite {{ target }} select {{ quoted_names(columns) }} from ({{ compiled_code }}) as new_rows
    {%- endcall -%}
{%- endmacro %}

{% macro empty_table(target, columns) -%}
    create or replace table {{ target }} (
    {%- for column in columns %}
        {{ adapter.quote(column.name) }} {{ column.dtype }} {{ comment_on(column.name) }} {{- ',' if not loop.last }}
    {%- endfor %}
    ) using delta {{ partition_cols('partitioned by') }} {{ comment_on_relation() }}
{%- endmacro %}

{#- The query is asked, not the catalog: of a table that was registered by its place a catalog may know no columns. -#}
{% macro columns_of(relation) -%}
    {{ return(get_column_schema_from_query('select * from ' ~ relation)) }}
{%- endmacro %}

{% macro quoted_names(columns) -%}
    {{ return(get_quoted_csv(columns | map(attribute='name'))) }}
{%- endmacro %}

{% macro comment_on(column_name) -%}
    {%- set described = model.columns.get(column_name, {}).get('description') -%}
    {%- if described and config.persist_column_docs() -%} comment '{{ dbt.escape_single_quotes(described) }}' {%- endif -%}
{%- endmacro %}

{% macro comment_on_relation() -%}
    {%- if model.description and config.persist_relation_docs() -%}
    comment '{{ dbt.escape_single_quotes(model.description) }}'
    {%- endif -%}
{%- endmacro %}

{#- The columns that a new version of a model has more, in a table that no full refresh makes anew. -#}
{% macro columns_added(target) -%}
    {%- if config.get('on_schema_change') == 'append_new_columns' -%}
        {%- set held = columns_of(target) | map(attribute='name') | list -%}
        {%- for column in get_column_schema_from_query(compiled_code) if column.name not in held -%}
            {%- do run_query(
                'alter table ' ~ target ~ ' add columns (' ~ adapter.quote(column.name) ~ ' ' ~ column.dtype ~ ')'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- The model's `incremental_predicates` in one. One of values alone is about columns without the table's name, as Delta
    has them; a query in it needs the name, or it would find columns of its own. -#}
{% macro conditions_of_run() -%}
    {%- set rendered = [] -%}
    {%- for predicate in config.get('incremental_predicates') -%}
        {%- do rendered.append(render(predicate) | trim) -%}
    {%- endfor -%}
    {%- set condition = rendered | join(' and ') -%}
    {{ return(condition if 'select ' in condition else condition | replace(this ~ '.', '')) }}
{%- endmacro %}

{#- Which rows a run computes again, always written out: Delta finds the files of such rows by
    these values, and replaces no others. -#}
{% macro spark__of_touched_companies(company) -%}
    {%- if var('everything', false) or not execute -%} {{ default__of_touched_companies(company) }}
    {%- else -%}
    {%- set touched = run_query('select company_id from ' ~ ref('touched_companies') ~ ' order by company_id').rows -%}
    {%- if not touched -%} 1 = 0
    {%- else -%} {{ company }} in {{ quoted(touched | map(attribute=0) | list) }}
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro spark__since_touched(company, date) -%}
    {{ since_touched_written_out(company, date) }}
{%- endmacro %}

{% macro spark__since_changed_debts(company, date) -%}
    {%- if var('everything', false) or not execute -%} {{ default__since_changed_debts(company, date) }}
    {%- else -%}
    {%- set changed = run_query(
        'select company_id, min(posting_date) from ' ~ ref('changed_allocations')
        ~ ' where is_changed group by company_id order by company_id'
    ).rows -%}
    {%- set conditions = [since_touched(company, date)] -%}
    {%- for company_id, first_date in changed -%}
        {%- do conditions.append(of_company_since(company, company_id, date, first_date)) -%}
    {%- endfor -%}
    {{ any_of(conditions) }}
    {%- endif -%}
{%- endmacro %}

{#- As a tree: Sail looks into a chain of `or` one call within the other, and four hundred of them are too deep. -#}
{% macro spark__any_of(conditions) -%}
    {%- set half = conditions | length // 2 -%}
    {%- if half == 0 -%} {{ conditions[0] }}
    {%- else -%} ({{ any_of(conditions[:half]) }} or {{ any_of(conditions[half:]) }})
    {%- endif -%}
{%- endmacro %}

{#- Replaces the rows of a table for which a condition holds, by one commit. Delta takes a condition of columns and
    values alone; with a query in it, rows are merged by the model's key. -#}
{% macro rows_replaced_where(target, names, condition) -%}
    {%- if condition == '1 = 1' -%}
    insert overwrite {{ target }} select {{ names }} from ({{ compiled_code }}) as new_rows
    {%- elif condition == '1 = 0' -%}
    insert into {{ target }} select {{ names }} from ({{ compiled_code }}) as new_rows
    {%- elif 'select ' in condition and config.get('unique_key') -%}
    {{ rows_merged(target, columns_of(target), config.get('unique_key'), condition) }}
    {%- elif 'select ' in condition -%}
    {%- do exceptions.raise_compiler_error('Delta replaces no rows by a query: ' ~ condition) -%}
    {%- else -%}
    insert into {{ target }} replace where {{ condition }}
    select {{ names }} from ({{ compiled_code }}) as new_rows
    {%- endif -%}
{%- endmacro %}

{#- The same by the key of the table: rows that the condition finds and the query does not have are deleted. -#}
{% macro rows_merged(target, columns, key, condition) -%}
    merge into {{ target }} as held
    using (
        select
            {%- for name in key %}
            coalesce(new_rows.{{ name }}, replaced.{{ name }}) as key_{{ loop.index }},
            {%- endfor %}
            new_rows.*
        from ({{ compiled_code }}) as new_rows
        full outer join (select distinct {{ key | join(', ') }} from {{ target }} where {{ condition }}) as replaced
            on
                {%- for name in key %}
                {{ 'and ' if not loop.first }}new_rows.{{ name }} = replaced.{{ name }}
                {%- endfor %}
    ) as rows_of_run
    on
        {%- for name in key %}
        {{ 'and ' if not loop.first }}held.{{ name }} = rows_of_run.key_{{ loop.index }}
        {%- endfor %}
    when matched and rows_of_run.{{ key[0] }} is null then delete
    when matched then update set
        {%- for column in columns %}
        {{ adapter.quote(column.name) }} = rows_of_run.{{ adapter.quote(column.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    when not matched and rows_of_run.{{ key[0] }} is not null then insert ({{ quoted_names(columns) }})
    values (
        {%- for column in columns %}
        rows_of_run.{{ adapter.quote(column.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro rows_appended_once(target, names) -%}
    insert into {{ target }}
    select {{ names }} from ({{ compiled_code }}) as new_rows
    where not exists (
        select 1 from {{ target }} as logged
        where
            {%- for column in config.get('unique_key') %}
            {{ 'and ' if not loop.first }}logged.{{ column }} = new_rows.{{ column }}
            {%- endfor %}
    )
{%- endmacro %}

{#- The schemas of the warehouse are folders of the lake, where its place is given; else the catalog decides. -#}
{% macro spark__create_schema(relation) -%}
    {%- set lake = env_var('ACCBOOKS_LAKE', '') -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation.without_identifier() }}
        {%- if lake %} location '{{ dbt.escape_single_quotes(lake) }}/{{ relation.schema }}' {%- endif -%}
    {%- endcall -%}
{%- endmacro %}
