{#- DuckDB names a database after its file, so the name may hold whatever a file's name may. dbt-duckdb writes it into
    quotes as it is. In these forms of its macros an apostrophe or a quotation mark in it does no harm. -#}

{#- The database models are built in. dbt reckons the name otherwise than DuckDB for some files, such as main.duckdb; the
    pipeline, which knows it, says so, with quotation marks doubled as they are within quotes. -#}
{% macro generate_database_name(custom_database_name=none, node=none) -%}
    {{ return(custom_database_name or built_in()) }}
{%- endmacro %}

{% macro built_in() -%}
    {{ return(adapter.dispatch('built_in', 'accbooks')()) }}
{%- endmacro %}

{% macro default__built_in() -%} {{ return(target.database) }} {%- endmacro %}

{% macro duckdb__built_in() -%}
    {{ return(env_var('ACCBOOKS_DUCKDB_NAME', '') or target.database | replace('"', '""')) }}
{%- endmacro %}

{#- A database's name, as it is within quotation marks, as a text of SQL. -#}
{% macro database_as_text(database) -%}
    '{{ database | replace('""', '"') | replace("'", "''") }}'
{%- endmacro %}

{% macro duckdb__create_schema(relation) -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation.without_identifier() }}
    {%- endcall -%}
{%- endmacro %}

{% macro duckdb__list_schemas(database) -%}
    {{ return(run_query(
        'select schema_name from system.information_schema.schemata where catalog_name = ' ~ database_as_text(database)
    )) }}
{%- endmacro %}

{% macro duckdb__check_schema_exists(information_schema, schema) -%}
    {{ return(run_query(
        'select count(*) from system.information_schema.schemata where catalog_name = '
        ~ database_as_text(information_schema.database) ~ " and lower(schema_name) = '" ~ schema | lower ~ "'"
    )) }}
{%- endmacro %}

{% macro duckdb__list_relations_without_caching(schema_relation) -%}
    {%- call statement('list_relations_without_caching', fetch_result=True) -%}
        select
            '{{ schema_relation.database | replace("'", "''") }}' as database,
            table_name as name,
            table_schema as schema,
            case when table_type = 'VIEW' then 'view' else 'table' end as type
        from system.information_schema.tables
        where
            lower(table_schema) = '{{ schema_relation.schema | lower }}'
            and table_catalog = {{ database_as_text(schema_relation.database) }}
    {%- endcall -%}
    {{ return(load_result('list_relations_without_caching').table) }}
{%- endmacro %}

{#- Our tables have no indexes in DuckDB, see kept_indexes. -#}
{% macro drop_indexes_on_relation(relation) -%}
{%- endmacro %}

{% macro duckdb__get_catalog_tables_sql(information_schema) -%}
    select *
    from (
        select
            database_name as table_database,
            schema_name as table_schema,
            table_name,
            'BASE TABLE' as table_type,
            comment as table_comment
        from duckdb_tables()
        where database_name = {{ database_as_text(information_schema.database) }}
        union all
        select
            database_name as table_database,
            schema_name as table_schema,
            view_name as table_name,
            'VIEW' as table_type,
            comment as table_comment
        from duckdb_views()
        where database_name = {{ database_as_text(information_schema.database) }}
    ) as catalog_tables
{%- endmacro %}

{% macro duckdb__get_catalog_columns_sql(information_schema) -%}
    select *
    from (
        select
            database_name as table_database,
            schema_name as table_schema,
            table_name,
            column_name,
            column_index,
            data_type as column_type,
            comment as column_comment
        from duckdb_columns()
        where database_name = {{ database_as_text(information_schema.database) }}
    ) as catalog_columns
{%- endmacro %}

{#- A query for the columns of a model under contract. It is asked outside the model's schema, where the bare names of
    `beside` are not found: the connection moves there first. -#}
{% macro duckdb__get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
    {%- do run_query('use ' ~ this.include(identifier=false)) -%}
    {{ return(dbt.duckdb__get_empty_subquery_sql(select_sql, select_sql_header)) }}
{%- endmacro %}
