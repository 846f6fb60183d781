{#- What DuckDB, PostgreSQL and Spark spell differently, and the expressions that models share. Only a macro of which
    they need different forms is dispatched. -#}

{% macro as_text(value) -%} cast({{ value }} as {{ column_type('varchar') }}) {%- endmacro %}

{#- A type by the name that DuckDB and PostgreSQL have for it. It is printed, not returned: a linter takes what is
    returned for all that the macro around it gives. -#}
{% macro column_type(name) -%} {{ adapter.dispatch('column_type', 'accbooks')(name) }} {%- endmacro %}

{% macro default__column_type(name) -%} {{ name }} {%- endmacro %}

{% macro spark__column_type(name) -%}
    {{ {'varchar': 'string', 'text': 'string', 'timestamp with time zone': 'timestamp'}.get(name, name) }}
{%- endmacro %}

{#- A moment of the type dlt loads them as: a null has to say so, or a union takes it for a text. -#}
{% macro as_moment(value) -%} cast({{ value }} as {{ column_type('timestamp with time zone') }}) {%- endmacro %}

{#- The field of an object that is a field of a JSON object: its JSON as text, null where it is not there. -#}
{% macro json_text_at(json, outer, inner) -%}
    {{ return(adapter.dispatch('json_text_at', 'accbooks')(json, outer, inner)) }}
{%- endmacro %}

{% macro default__json_text_at(json, outer, inner) -%}
    cast(({{ json }} -> '{{ outer }}' -> '{{ inner }}') as varchar)
{%- endmacro %}

{#- Spark finds the field, but gives a text without its quotation marks and a number in a form of its own: what is there
    word for word is read again. -#}
{% macro spark__json_text_at(json, outer, inner) -%}
    {%- set found = "get_json_object(" ~ json ~ ", '$." ~ outer ~ "." ~ inner ~ "')" -%}
    case when {{ found }} is not null then coalesce(nullif(regexp_extract(
        {{ json }},
        '"{{ outer }}": [{].*?"{{ inner }}": ("(?:[^"\\\\]|\\\\.)*"|[-+.0-9eE]+|true|false)', 1
    ), ''), {{ found }}) end
{%- endmacro %}

{#- A number that follows from all of these columns of a row, to be added up: rows alike add up to the same. -#}
{% macro checksum_of(columns) -%}
    {{ return(adapter.dispatch('checksum_of', 'accbooks')(columns)) }}
{%- endmacro %}

{% macro default__checksum_of(columns) -%}
    cast(hash({{ columns | join(', ') }}) as decimal(38, 0))
{%- endmacro %}

{% macro postgres__checksum_of(columns) -%}
    cast(hashtextextended(concat_ws('|'
    {%- for column in columns -%} , coalesce({{ as_text(column) }}, '') {%- endfor -%} ), 0) as numeric)
{%- endmacro %}

{#- Spark's number of 64 bits is of all columns together; a null counts as another value than an empty text. -#}
{% macro spark__checksum_of(columns) -%}
    cast(xxhash64(
    {%- for column in columns -%}
        {{ column }}, {{ column }} is null {{- ', ' if not loop.last }}
    {%- endfor -%} ) as decimal(38, 0))
{%- endmacro %}

{#- A table a view reads. In a file named accbooks.duckdb the catalog has the name of our schema, and DuckDB finds a view's
    tables there only if it need not choose: a bare name is looked for beside the view. In somebody else's project the name
    is whole: dbt asks there for the columns of a view under contract without our get_empty_subquery_sql. -#}
{% macro beside(relation) -%}
    {{ return(adapter.dispatch('beside', 'accbooks')(relation)) }}
{%- endmacro %}

{% macro default__beside(relation) -%} {{ return(relation) }} {%- endmacro %}

{% macro duckdb__beside(relation) -%}
    {%- set is_bare = relation.schema == this.schema and project_name == 'accbooks' -%}
    {{ return(relation.include(database=false, schema=false) if is_bare else relation) }}
{%- endmacro %}

{#- An amount times a rate to the penny, halves away from zero. The product has all its digits before it is rounded:
    DuckDB gives it no more than its factors have. -#}
{% macro product_in_pennies(amount, rate) -%}
    {{ return(adapter.dispatch('product_in_pennies', 'accbooks')(amount, rate)) }}
{%- endmacro %}

{% macro default__product_in_pennies(amount, rate) -%}
    round(cast({{ amount }} as decimal(28, 2)) * {{ rate }}, 2)
{%- endmacro %}

{#- Spark drops decimals of a product that could have more than 38 digits. Its cast rounds as `round` does, of which Sail
    mistakes the type. -#}
{% macro spark__product_in_pennies(amount, rate) -%}
    cast(cast({{ amount }} as decimal(19, 2)) * {{ rate }} as {{ money() }})
{%- endmacro %}

{#- Amount times part over whole, none of them negative, to the penny, halves up. It is counted in pennies, as whole
    numbers: DuckDB divides decimals as floats, and others end a quotient at a digit that may make a half of it. -#}
{% macro rounded_share(amount, part, whole) -%}
    {%- set pennies = [] -%}
    {%- for value in (amount, part, whole) -%}
        {%- do pennies.append(whole_number('100 * ' ~ value)) -%}
    {%- endfor -%}
    {{ whole_quotient(
        '(2 * ' ~ pennies[0] ~ ' * ' ~ pennies[1] ~ ' + ' ~ pennies[2] ~ ')', '(2 * ' ~ pennies[2] ~ ')'
    ) }} * cast(0.01 as decimal(2, 2))
{%- endmacro %}

{#- A number without decimals, of a type that has room for the product of two amounts. -#}
{% macro whole_number(value) -%}
    {{ return(adapter.dispatch('whole_number', 'accbooks')(value)) }}
{%- endmacro %}

{% macro default__whole_number(value) -%} cast({{ value }} as decimal(38, 0)) {%- endmacro %}

{% macro duckdb__whole_number(value) -%} cast({{ value }} as hugeint) {%- endmacro %}

{#- How often a whole number has another one in it, neither of them negative. -#}
{% macro whole_quotient(number, divisor) -%}
    {{ return(adapter.dispatch('whole_quotient', 'accbooks')(number, divisor)) }}
{%- endmacro %}

{% macro default__whole_quotient(number, divisor) -%} div({{ number }}, {{ divisor }}) {%- endmacro %}

{% macro duckdb__whole_quotient(number, divisor) -%}
    cast({{ number }} // {{ divisor }} as decimal(36, 0))
{%- endmacro %}

{#- Spark's answer has 64 bits: pennies of the longest amount that is shared out. One of more fails. -#}
{% macro spark__whole_quotient(number, divisor) -%}
    cast({{ number }} div {{ divisor }} as decimal(36, 0))
{%- endmacro %}

{#- The type of what the ledger posts and of all that is added up from it: records of 18 digits each need more together,
    and so does an amount at the rate of another record. -#}
{% macro money() -%} decimal(38, 2) {%- endmacro %}

{% macro today() -%}
    {%- if var('today', none) -%} cast('{{ var("today") }}' as date)
    {%- else -%} current_date
    {%- endif -%}
{%- endmacro %}

{#- Further back, and further ahead, than any record. -#}
{% macro earliest_date() -%} cast('0001-01-01' as date) {%- endmacro %}

{% macro latest_date() -%} cast('9999-12-31' as date) {%- endmacro %}

{% macro first_day_of_month(date) -%}
    {{ return(adapter.dispatch('first_day_of_month', 'accbooks')(date)) }}
{%- endmacro %}

{% macro default__first_day_of_month(date) -%} cast({{ dbt.date_trunc('month', date) }} as date) {%- endmacro %}

{% macro spark__first_day_of_month(date) -%} trunc({{ date }}, 'month') {%- endmacro %}

{% macro add_months(date, months) -%}
    {{ return(adapter.dispatch('add_months', 'accbooks')(date, months)) }}
{%- endmacro %}

{% macro default__add_months(date, months) -%} cast({{ dbt.dateadd('month', months, date) }} as date) {%- endmacro %}

{% macro spark__add_months(date, months) -%} add_months({{ date }}, {{ months }}) {%- endmacro %}

{#- An expression that dbt's own macros may put a cast behind. -#}
{% macro in_brackets(expression) -%} ({{ expression }}) {%- endmacro %}

{#- How many days a date is after another one. -#}
{% macro days_after(date, earlier) -%}
    {{ return(adapter.dispatch('days_after', 'accbooks')(date, earlier)) }}
{%- endmacro %}

{% macro default__days_after(date, earlier) -%}
    cast({{ dbt.datediff(in_brackets(earlier), in_brackets(date), 'day') }} as integer)
{%- endmacro %}

{#- dbt's own form fails where a date is null. -#}
{% macro spark__days_after(date, earlier) -%} cast(datediff({{ date }}, {{ earlier }}) as integer) {%- endmacro %}

{#- How many months the month of a date is after that of another one. -#}
{% macro months_after(date, earlier) -%}
    {{ return(adapter.dispatch('months_after', 'accbooks')(date, earlier)) }}
{%- endmacro %}

{% macro default__months_after(date, earlier) -%}
    cast({{ dbt.datediff(in_brackets(earlier), in_brackets(date), 'month') }} as integer)
{%- endmacro %}

{% macro spark__months_after(date, earlier) -%}
    (12 * (year({{ date }}) - year({{ earlier }})) + month({{ date }}) - month({{ earlier }}))
{%- endmacro %}

{#- The day someone reads a view on: not that of a run, which a view would keep. A unit test puts another day here. -#}
{% macro day_of_reading() -%} current_date {%- endmacro %}

{% macro year_of(date) -%}
    cast(extract(year from {{ date }}) as integer)
{%- endmacro %}

{% macro month_of(date) -%}
    cast(extract(month from {{ date }}) as integer)
{%- endmacro %}

{% macro date_of(year, month, day) -%} make_date({{ year }}, {{ month }}, {{ day }}) {%- endmacro %}

{#- Multiplies the rows of a query's one table by the whole numbers from first to last, which follow from the row. What
    `number_of` returns is the number. -#}
{% macro with_numbers(first, last, alias) -%}
    {{ return(adapter.dispatch('with_numbers', 'accbooks')(first, last, alias)) }}
{%- endmacro %}

{% macro default__with_numbers(first, last, alias) -%}
    cross join lateral generate_series({{ first }}, {{ last }}) as {{ alias }} (number)
{%- endmacro %}

{#- Spark's sequence goes down where the last is less than the first. -#}
{% macro spark__with_numbers(first, last, alias) -%}
    lateral view explode(
        case when {{ first }} <= {{ last }} then sequence({{ first }}, {{ last }}) end
    ) {{ alias }} as number
{%- endmacro %}

{% macro number_of(alias) -%} {{ alias }}.number {%- endmacro %}

{#- A database that plans by statistics has none of what was just loaded, and without them joins a million rows by
    nested loops. Others keep their own, and get no statement. -#}
{% macro refresh_statistics(relations) -%}
    {{ return(adapter.dispatch('refresh_statistics', 'accbooks')(relations)) }}
{%- endmacro %}

{% macro default__refresh_statistics(relations) -%}
{%- endmacro %}

{#- Only of a table that has none yet, or of which a tenth is new: to look at a sample of a long one takes its time.
    What this transaction did to it is counted apart, and counts once more in the next run. -#}
{% macro postgres__refresh_statistics(relations) -%}
    {%- if execute -%}
    {%- set names = [] -%}
    {%- for relation in relations -%}
        {%- do names.append("to_regclass('" ~ relation.include(database=false) ~ "')") -%}
    {%- endfor -%}
    {%- set outdated = run_query(
        'select cast(cast(tables.oid as regclass) as text) from pg_class as tables'
        ~ ' left join pg_stat_all_tables as before on tables.oid = before.relid'
        ~ ' left join pg_stat_xact_all_tables as now on tables.oid = now.relid'
        ~ ' where tables.oid in (' ~ names | join(', ') ~ ')'
        ~ ' and (tables.reltuples < 1 or coalesce(before.n_mod_since_analyze, 0)'
        ~ ' + coalesce(now.n_tup_ins + now.n_tup_upd + now.n_tup_del, 0) > tables.reltuples / 10)'
    ) -%}
    {%- if outdated.rows -%} analyze {{ outdated.columns[0].values() | join(', ') }} {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- The indexes of a table that is read by date, account and company. A database of columns wants none: it leaves out
    by their least and greatest value the blocks that no row of a query is in. -#}
{% macro kept_indexes(columns) -%}
    {{ return(adapter.dispatch('kept_indexes', 'accbooks')(columns)) }}
{%- endmacro %}

{% macro default__kept_indexes(columns) -%}
    {{ return([]) }}
{%- endmacro %}

{% macro postgres__kept_indexes(columns) -%}
    {%- set indexes = [] -%}
    {%- for names in columns -%}
        {%- do indexes.append({'columns': names}) -%}
    {%- endfor -%}
    {{ return(indexes) }}
{%- endmacro %}

{#- The columns by whose values a table's files lie apart, so that a change of a company writes none of another one's. -#}
{% macro kept_partitions(columns) -%}
    {{ return(adapter.dispatch('kept_partitions', 'accbooks')(columns)) }}
{%- endmacro %}

{% macro default__kept_partitions(columns) -%} {{ return(none) }} {%- endmacro %}

{% macro spark__kept_partitions(columns) -%} {{ return(columns) }} {%- endmacro %}
