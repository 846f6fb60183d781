{#- Which rows a run computes again. The variable `companies` limits it to some companies (all, if it is not set);
    `everything` makes it compute all of theirs, changed or not. -#}

{% macro of_this_run(company) -%}
    {%- if var('companies', none) is none -%} 1 = 1
    {%- else -%} {{ company }} in {{ quoted(var('companies')) }}
    {%- endif -%}
{%- endmacro %}

{#- Not of a company whose records no model can be built with: it keeps its books from before, or has none. -#}
{% macro not_left_out(company) -%}
    {%- if var('left_out', []) -%} {{ company }} not in {{ quoted(var('left_out')) }}
    {%- else -%} 1 = 1
    {%- endif -%}
{%- endmacro %}

{#- Of a company of which a report was fetched again that was out of date, though it says the same. -#}
{% macro recompared(company) -%}
    {%- if var('recompared', []) -%} {{ company }} in {{ quoted(var('recompared')) }}
    {%- else -%} 1 = 0
    {%- endif -%}
{%- endmacro %}

{#- Of a company something of which changed. -#}
{% macro of_touched_companies(company) -%}
    {{ return(adapter.dispatch('of_touched_companies', 'accbooks')(company)) }}
{%- endmacro %}

{% macro default__of_touched_companies(company) -%}
    {%- if var('everything', false) -%} {{ of_this_run(company) }}
    {%- else -%} {{ company }} in (select touched.company_id from {{ ref('touched_companies') }} as touched)
    {%- endif -%}
{%- endmacro %}

{#- Of a company whose balances changed, and not dated before they did. In the query of a condition each column has a name
    that none outside has: a name without its table would be taken for the column within. -#}
{% macro since_touched(company, date) -%}
    {{ return(adapter.dispatch('since_touched', 'accbooks')(company, date)) }}
{%- endmacro %}

{% macro default__since_touched(company, date) -%}
    {%- if var('everything', false) -%} {{ of_this_run(company) }}
    {%- else -%}
    exists (
        select 1
        from (
            select
                company_id as touched_company,
                touched_from
            from {{ ref('touched_companies') }}
        ) as touched
        where touched.touched_company = {{ company }} and touched.touched_from <= {{ date }}
    )
    {%- endif -%}
{%- endmacro %}

{#- How many companies, or months in a row of a company, a condition names one by one; beyond, it asks a table. -#}
{% macro most_written_out() -%} {{ return(adapter.dispatch('most_written_out', 'accbooks')()) }} {%- endmacro %}

{% macro default__most_written_out() -%} {{ return(var('most_written_out', 200)) }} {%- endmacro %}

{#- Delta replaces rows by a condition of columns and values alone. -#}
{% macro spark__most_written_out() -%} {{ return(1000000) }} {%- endmacro %}

{#- The same, written out as long as it is about few companies: a database then reads no more of a view than it is
    asked for. With `months_earlier` it reads what is dated so much earlier as well: lines of the periods that a date
    lies in. Beyond these few companies that narrows nothing. -#}
{% macro since_touched_written_out(company, date, months_earlier=0) -%}
    {%- if var('everything', false) -%} {{ of_this_run(company) }}
    {%- elif execute -%}
    {%- set touched = run_query(
        'select company_id, touched_from from ' ~ ref('touched_companies') ~ ' where touched_from is not null'
        ~ ' order by company_id'
    ).rows -%}
    {%- if not touched -%} 1 = 0
    {%- elif touched | length > most_written_out() -%}
    {{ '1 = 1' if months_earlier else default__since_touched(company, date) }}
    {%- else -%}
    {%- set conditions = [] -%}
    {%- for company_id, touched_from in touched -%}
        {%- do conditions.append(of_company_since(company, company_id, date, touched_from, months_earlier)) -%}
    {%- endfor -%}
    {{ any_of(conditions) }}
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Of a company whose open documents changed, and not dated before they did: what AccBooks allocates today reaches back
    to the documents' own dates. -#}
{% macro since_changed_debts(company, date) -%}
    {{ return(adapter.dispatch('since_changed_debts', 'accbooks')(company, date)) }}
{%- endmacro %}

{% macro default__since_changed_debts(company, date) -%}
    {%- if var('everything', false) -%} {{ of_this_run(company) }}
    {%- else -%}
    (
        {{ since_touched(company, date) }}
        or exists (
            select 1
            from (
                select
                    company_id as allocated_company,
                    posting_date as allocated_on
                from {{ ref('changed_allocations') }}
                where is_changed
            ) as allocated
            where allocated.allocated_company = {{ company }} and allocated.allocated_on <= {{ date }}
        )
    )
    {%- endif -%}
{%- endmacro %}

{#- Dated in a company-month that was touched. -#}
{% macro in_touched_months(company, date) -%}
    {%- if var('everything', false) -%} {{ of_this_run(company) }}
    {%- else -%} {{ in_months_of(ref('touched_months'), company, date) }}
    {%- endif -%}
{%- endmacro %}

{#- The company-months that a table lists, in order. -#}
{% macro listed_months(relation) -%}
    {{ return(run_query(
        'select company_id, month_start, month_end from ' ~ relation ~ ' where ' ~ of_this_run('company_id')
        ~ ' order by company_id, month_start'
    ).rows) }}
{%- endmacro %}

{% macro is_company(company, company_id) -%}
    {{ company }} = {{ dbt.string_literal(dbt.escape_single_quotes(company_id)) }}
{%- endmacro %}

{#- Of a company and not dated before a day, or some months before it. -#}
{% macro of_company_since(company, company_id, date, since, months_earlier=0) -%}
    {%- set day = "cast('" ~ since ~ "' as date)" -%}
    {#- before the first year there is nothing, and not every database counts so far -#}
    {%- set reaches_back = months_earlier and since | string >= '0002' -%}
    ({{ is_company(company, company_id) }} and {{ date }} >= {{ add_months(day, -months_earlier) if reaches_back else day }})
{%- endmacro %}

{#- One of these conditions holds, of which there is at least one. -#}
{% macro any_of(conditions) -%} {{ adapter.dispatch('any_of', 'accbooks')(conditions) }} {%- endmacro %}

{% macro default__any_of(conditions) -%}
    (
        {%- for condition in conditions %}
        {{ 'or ' if not loop.first }}{{ condition }}
        {%- endfor %}
    )
{%- endmacro %}

{#- Dated in one of the company-months a table lists. They are written out, as ranges, as long as they are few: a
    database that plans by statistics then finds them by an index. -#}
{% macro in_months_of(relation, company, date) -%}
    {%- if execute -%}
    {%- set ranges = [] -%}
    {%- for company_id, start, end in listed_months(relation) -%}
        {%- if ranges and ranges[-1].company == company_id and ranges[-1].end + modules.datetime.timedelta(1) == start -%}
            {%- do ranges[-1].update({'end': end}) -%}
        {%- else -%}
            {%- do ranges.append({'company': company_id, 'start': start, 'end': end}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not ranges -%} 1 = 0
    {%- elif ranges | length <= most_written_out() -%}
    {%- set conditions = [] -%}
    {%- for range in ranges -%}
        {%- set dated = date ~ " between cast('" ~ range.start ~ "' as date) and cast('" ~ range.end ~ "' as date)" -%}
        {%- do conditions.append('(' ~ is_company(company, range.company) ~ ' and ' ~ dated ~ ')') -%}
    {%- endfor -%}
    {{ any_of(conditions) }}
    {%- else -%}
    exists (
        select 1
        from (
            select
                company_id as listed_company,
                month_start as listed_month
            from {{ relation }}
        ) as listed
        where listed.listed_company = {{ company }} and listed.listed_month = {{ first_day_of_month(date) }}
    )
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Of a document that may have changed since the last run; of any, in a full refresh. Its log is kept all the same. -#}
{% macro of_changed_documents(company, date) -%}
    {%- if flags.FULL_REFRESH -%} {{ of_this_run(company) }}
    {%- else -%} {{ in_touched_months(company, date) }}
    {%- endif -%}
{%- endmacro %}

{#- Of a document known from before that may have changed: one in quarantine may come back under any date. -#}
{% macro of_known_documents(company, date) -%}
    {%- if flags.FULL_REFRESH -%} {{ of_this_run(company) }}
    {%- else -%} ({{ in_touched_months(company, date) }} or (is_quarantined and {{ of_this_run(company) }}))
    {%- endif -%}
{%- endmacro %}

{#- For the steps inlined into an incremental model: they need not compute what the model leaves out. Only `dbt run`
    builds nothing but models; a test wants all there is. -#}
{% macro builds_part_of(model_name) -%}
    {{ return(
        execute
        and flags.WHICH == 'run'
        and model.config.materialized == 'ephemeral'
        and held_relation(model_name) is not none
    ) }}
{%- endmacro %}

{% macro in_touched_months_for(model_name, company, date) -%}
    {{ not_left_out(company) }}
        {%- if builds_part_of(model_name) %} and {{ in_touched_months(company, date) }} {%- endif -%}
{%- endmacro %}

{#- The rows of a list whose documents changed, with their versions; a model that uses it reads changed_documents. The
    touched months are named for the planner's sake. -#}
{% macro rows_of_changed_documents(relation, resource, record_id, date) -%}
    select
        records.*,
        changed_documents.version
    from {{ relation }} as records
    inner join changed_documents
        on
            records.company_id = changed_documents.company_id
            and changed_documents.resource = '{{ resource }}'
            and records.{{ record_id }} = changed_documents.record_id
    where {{ in_touched_months_for('known_documents', 'records.company_id', 'records.' ~ date) }}
{%- endmacro %}

{% macro since_touched_for(model_name, company, date) -%}
    {%- if builds_part_of(model_name) -%} {{ since_touched(company, date) }} {%- else -%} 1 = 1 {%- endif -%}
{%- endmacro %}

{% macro of_views_since_touched_for(model_name, company, date, months_earlier=0) -%}
    {%- if builds_part_of(model_name) -%} {{ since_touched_written_out(company, date, months_earlier) }}
    {%- else -%} 1 = 1
    {%- endif -%}
{%- endmacro %}

{% macro of_touched_companies_for(model_name, company) -%}
    {%- if builds_part_of(model_name) -%} {{ of_touched_companies(company) }} {%- else -%} 1 = 1 {%- endif -%}
{%- endmacro %}

{#- A table as the last run left it; none before the first run and in a full refresh. -#}
{% macro held_relation(model_name) -%}
    {%- if not execute or should_full_refresh() -%} {{ return(none) }} {%- endif -%}
    {%- set node = graph.nodes['model.accbooks.' ~ model_name] -%}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
{%- endmacro %}

{#- Replaces the rows of a table for which the model's `incremental_predicates` hold, in one transaction. The table stays
    the same one, with its indexes, its grants and the views others built on it. The predicates are rendered here, because
    what changed is known only when the model runs. -#}
{% macro get_incremental_replace_where_sql(arguments) -%}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arguments['target_relation'] }}
    where
        {%- for predicate in arguments['incremental_predicates'] %}
        {{ 'and ' if not loop.first }}{{ render(predicate) }}
        {%- endfor %};

    insert into {{ arguments['target_relation'] }} ({{ columns }}) select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}

{#- Adds the rows whose `unique_key` the table does not have: what is logged stays, and is logged once, also if the run
    before was cut off after it. -#}
{% macro get_incremental_append_once_sql(arguments) -%}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }} as new_rows
    where not exists (
        select 1 from {{ arguments['target_relation'] }} as logged
        where
            {%- for column in arguments['unique_key'] %}
            {{ 'and ' if not loop.first }}logged.{{ column }} = new_rows.{{ column }}
            {%- endfor %}
    )
{%- endmacro %}
