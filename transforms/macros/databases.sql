{#- Everything databases disagree on. `default__` forms are understood by DuckDB and PostgreSQL alike; a database that
    spells one differently is taught here and nowhere else. What Snowflake, BigQuery, Databricks and ClickHouse get is
    checked by tests/transforms/portability, and has never been run. -#}

{#- Whether a table may keep its rows and have some of them replaced, in one transaction: else it is made anew by every
    run. BigQuery's adapter takes no strategies but its own, ClickHouse's would append whatever ours are called, and
    Databricks has no transaction for the two statements. Nobody knows about others, so they are safe rather than quick. -#}
{% macro replaces_rows() -%}
    {{ return(adapter.dispatch('replaces_rows', 'accbooks')()) }}
{%- endmacro %}

{% macro default__replaces_rows() -%} {{ return(false) }} {%- endmacro %}

{% macro duckdb__replaces_rows() -%} {{ return(true) }} {%- endmacro %}

{% macro postgres__replaces_rows() -%} {{ return(true) }} {%- endmacro %}

{% macro snowflake__replaces_rows() -%} {{ return(true) }} {%- endmacro %}

{% macro kept_table() -%}
    {{ return('incremental' if replaces_rows() else 'table') }}
{%- endmacro %}

{#- Statements that readers see the effect of together. dbt has opened a transaction already, except on Snowflake. -#}
{% macro together(statements) -%}
    {{ return(adapter.dispatch('together', 'accbooks')(statements)) }}
{%- endmacro %}

{% macro default__together(statements) -%}
    {{ statements | join(';\n\n') }}
{%- endmacro %}

{% macro snowflake__together(statements) -%}
    begin;

    {{ statements | join(';\n\n') }};

    commit
{%- endmacro %}

{#- A column whose name is a word of SQL. dlt makes Snowflake's columns in capitals. -#}
{% macro column_named(name) -%}
    {{ return(adapter.dispatch('column_named', 'accbooks')(name)) }}
{%- endmacro %}

{% macro default__column_named(name) -%} {{ adapter.quote(name) }} {%- endmacro %}

{% macro snowflake__column_named(name) -%} {{ adapter.quote(name | upper) }} {%- endmacro %}

{% macro as_text(value) -%}
    {{ return(adapter.dispatch('as_text', 'accbooks')(value)) }}
{%- endmacro %}

{% macro default__as_text(value) -%} cast({{ value }} as varchar) {%- endmacro %}

{% macro bigquery__as_text(value) -%} cast({{ value }} as string) {%- endmacro %}

{% macro databricks__as_text(value) -%} cast({{ value }} as string) {%- endmacro %}

{#- A moment of the type dlt loads them as: a null has to say so, or a union takes it for a text. -#}
{% macro as_moment(value) -%}
    {{ return(adapter.dispatch('as_moment', 'accbooks')(value)) }}
{%- endmacro %}

{% macro default__as_moment(value) -%} cast({{ value }} as timestamp with time zone) {%- endmacro %}

{% macro snowflake__as_moment(value) -%} cast({{ value }} as timestamp_tz) {%- endmacro %}

{% macro bigquery__as_moment(value) -%} cast({{ value }} as timestamp) {%- endmacro %}

{% macro databricks__as_moment(value) -%} cast({{ value }} as timestamp) {%- endmacro %}

{% macro clickhouse__as_moment(value) -%} cast({{ value }} as DateTime64(6)) {%- endmacro %}

{#- The texts of a group in one, in order. None of them may be null. -#}
{% macro joined_texts(value, separator, order_by) -%}
    {{ return(adapter.dispatch('joined_texts', 'accbooks')(value, separator, order_by)) }}
{%- endmacro %}

{% macro default__joined_texts(value, separator, order_by) -%}
    string_agg({{ value }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro snowflake__joined_texts(value, separator, order_by) -%}
    listagg({{ value }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}

{% macro databricks__joined_texts(value, separator, order_by) -%}
    array_join(
        array_sort(collect_list(named_struct('place', {{ order_by }}, 'text', {{ value }}))).text, '{{ separator }}'
    )
{%- endmacro %}

{% macro clickhouse__joined_texts(value, separator, order_by) -%}
    arrayStringConcat(
        tupleElement(arraySort(groupArray(tuple({{ order_by }}, {{ value }}))), 2), '{{ separator }}'
    )
{%- endmacro %}

{#- JSON as text. -#}
{% macro json_text(json) -%}
    {{ return(adapter.dispatch('json_text', 'accbooks')(json)) }}
{%- endmacro %}

{% macro default__json_text(json) -%} {{ as_text(json) }} {%- endmacro %}

{% macro bigquery__json_text(json) -%} to_json_string({{ json }}) {%- endmacro %}

{#- The field of an object that is a field of a JSON object: its JSON as text, null where it is not there. -#}
{% macro json_text_at(json, outer, inner) -%}
    {{ return(adapter.dispatch('json_text_at', 'accbooks')(json, outer, inner)) }}
{%- endmacro %}

{% macro default__json_text_at(json, outer, inner) -%}
    cast(({{ json }} -> '{{ outer }}' -> '{{ inner }}') as varchar)
{%- endmacro %}

{% macro snowflake__json_text_at(json, outer, inner) -%}
    to_json(get_path({{ json }}, '{{ outer }}.{{ inner }}'))
{%- endmacro %}

{% macro bigquery__json_text_at(json, outer, inner) -%}
    json_query(to_json_string({{ json }}), '$.{{ outer }}.{{ inner }}')
{%- endmacro %}

{% macro databricks__json_text_at(json, outer, inner) -%}
    get_json_object({{ json }}, '$.{{ outer }}.{{ inner }}')
{%- endmacro %}

{% macro clickhouse__json_text_at(json, outer, inner) -%}
    nullif(JSONExtractRaw({{ json }}, '{{ outer }}', '{{ inner }}'), '')
{%- endmacro %}

{#- What tells a text from others, in 32 characters. -#}
{% macro digest_of(text) -%}
    {{ return(adapter.dispatch('digest_of', 'accbooks')(text)) }}
{%- endmacro %}

{% macro default__digest_of(text) -%} md5({{ text }}) {%- endmacro %}

{% macro bigquery__digest_of(text) -%} to_hex(md5({{ text }})) {%- endmacro %}

{% macro clickhouse__digest_of(text) -%} lower(hex(MD5({{ text }}))) {%- endmacro %}

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

{% macro bigquery__checksum_of(columns) -%}
    cast(farm_fingerprint(to_json_string(struct({{ columns | join(', ') }}))) as numeric)
{%- endmacro %}

{% macro databricks__checksum_of(columns) -%} cast(xxhash64({{ columns | join(', ') }}) as decimal(38, 0)) {%- endmacro %}

{% macro clickhouse__checksum_of(columns) -%}
    cast(cityHash64(
    {%- for column in columns -%} {{ ', ' if not loop.first }}coalesce({{ as_text(column) }}, '') {%- endfor -%}
    ) as decimal(38, 0))
{%- endmacro %}

{#- A table a view reads. In a file named accbooks.duckdb the catalog has the name of our schema, and DuckDB finds a view's
    tables there only if it need not choose: a bare name is looked for beside the view. -#}
{% macro beside(relation) -%}
    {{ return(adapter.dispatch('beside', 'accbooks')(relation)) }}
{%- endmacro %}

{% macro default__beside(relation) -%} {{ return(relation) }} {%- endmacro %}

{% macro duckdb__beside(relation) -%}
    {{ return(relation.include(database=false, schema=false) if relation.schema == this.schema else relation) }}
{%- endmacro %}

{#- Whether two values differ, null being a value like others. -#}
{% macro differs(left, right) -%}
    {{ return(adapter.dispatch('differs', 'accbooks')(left, right)) }}
{%- endmacro %}

{% macro default__differs(left, right) -%} {{ left }} is distinct from {{ right }} {%- endmacro %}

{% macro clickhouse__differs(left, right) -%}
    ({{ left }} <> {{ right }} or ({{ left }} is null) <> ({{ right }} is null))
{%- endmacro %}

{#- An amount times a rate, with all its digits: DuckDB gives a product no more than its factors have, BigQuery's
    numeric has nine decimals, and Databricks drops decimals that 38 digits have no room for. -#}
{% macro product(amount, rate) -%}
    {{ return(adapter.dispatch('product', 'accbooks')(amount, rate)) }}
{%- endmacro %}

{% macro default__product(amount, rate) -%} cast({{ amount }} as decimal(28, 2)) * {{ rate }} {%- endmacro %}

{% macro bigquery__product(amount, rate) -%} cast({{ amount }} as bignumeric) * {{ rate }} {%- endmacro %}

{% macro databricks__product(amount, rate) -%} cast({{ amount }} as decimal(18, 2)) * {{ rate }} {%- endmacro %}

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

{% macro bigquery__whole_number(value) -%} cast({{ value }} as bignumeric) {%- endmacro %}

{% macro clickhouse__whole_number(value) -%} toInt256({{ value }}) {%- endmacro %}

{#- How often a whole number has another one in it, neither of them negative. -#}
{% macro whole_quotient(number, divisor) -%}
    {{ return(adapter.dispatch('whole_quotient', 'accbooks')(number, divisor)) }}
{%- endmacro %}

{% macro default__whole_quotient(number, divisor) -%} div({{ number }}, {{ divisor }}) {%- endmacro %}

{% macro duckdb__whole_quotient(number, divisor) -%}
    cast({{ number }} // {{ divisor }} as decimal(36, 0))
{%- endmacro %}

{% macro snowflake__whole_quotient(number, divisor) -%}
    cast(({{ number }} - mod({{ number }}, {{ divisor }})) / {{ divisor }} as decimal(36, 0))
{%- endmacro %}

{% macro databricks__whole_quotient(number, divisor) -%}
    cast(({{ number }} - mod({{ number }}, {{ divisor }})) / {{ divisor }} as decimal(36, 0))
{%- endmacro %}

{% macro clickhouse__whole_quotient(number, divisor) -%}
    cast(intDiv({{ number }}, {{ divisor }}) as decimal(36, 0))
{%- endmacro %}

{#- The type of what the ledger posts and of all that is added up from it: records of 18 digits each need more together,
    and so does an amount at the rate of another record. -#}
{% macro money() -%}
    {{ return(adapter.dispatch('money', 'accbooks')()) }}
{%- endmacro %}

{% macro default__money() -%} decimal(38, 2) {%- endmacro %}

{% macro bigquery__money() -%} bignumeric {%- endmacro %}

{% macro today() -%}
    {%- if var('today', none) -%} cast('{{ var("today") }}' as date)
    {%- else -%} {{ adapter.dispatch('current_day', 'accbooks')() }}
    {%- endif -%}
{%- endmacro %}

{% macro default__current_day() -%} current_date {%- endmacro %}

{% macro clickhouse__current_day() -%} today() {%- endmacro %}

{% macro this_moment() -%}
    {{ return(adapter.dispatch('this_moment', 'accbooks')()) }}
{%- endmacro %}

{% macro default__this_moment() -%} current_timestamp {%- endmacro %}

{% macro bigquery__this_moment() -%} current_timestamp() {%- endmacro %}

{% macro databricks__this_moment() -%} current_timestamp() {%- endmacro %}

{% macro clickhouse__this_moment() -%} now() {%- endmacro %}

{#- Further back, and further ahead, than any record. -#}
{% macro earliest_date() -%}
    {{ return(adapter.dispatch('earliest_date', 'accbooks')()) }}
{%- endmacro %}

{% macro default__earliest_date() -%} cast('0001-01-01' as date) {%- endmacro %}

{% macro clickhouse__earliest_date() -%} toDate32('1900-01-01') {%- endmacro %}

{% macro latest_date() -%}
    {{ return(adapter.dispatch('latest_date', 'accbooks')()) }}
{%- endmacro %}

{% macro default__latest_date() -%} cast('9999-12-31' as date) {%- endmacro %}

{% macro clickhouse__latest_date() -%} toDate32('2299-12-31') {%- endmacro %}

{% macro first_day_of_month(date) -%}
    {{ return(adapter.dispatch('first_day_of_month', 'accbooks')(date)) }}
{%- endmacro %}

{% macro default__first_day_of_month(date) -%} cast(date_trunc('month', {{ date }}) as date) {%- endmacro %}

{% macro bigquery__first_day_of_month(date) -%} date_trunc({{ date }}, month) {%- endmacro %}

{% macro clickhouse__first_day_of_month(date) -%} toStartOfMonth({{ date }}) {%- endmacro %}

{% macro last_day_of_month(date) -%}
    {{ return(adapter.dispatch('last_day_of_month', 'accbooks')(date)) }}
{%- endmacro %}

{% macro default__last_day_of_month(date) -%}
    cast(date_trunc('month', {{ date }}) + interval '1 month' as date) - 1
{%- endmacro %}

{% macro snowflake__last_day_of_month(date) -%} last_day({{ date }}) {%- endmacro %}

{% macro bigquery__last_day_of_month(date) -%} last_day({{ date }}, month) {%- endmacro %}

{% macro databricks__last_day_of_month(date) -%} last_day({{ date }}) {%- endmacro %}

{% macro clickhouse__last_day_of_month(date) -%} toLastDayOfMonth({{ date }}) {%- endmacro %}

{% macro add_months(date, months) -%}
    {{ return(adapter.dispatch('add_months', 'accbooks')(date, months)) }}
{%- endmacro %}

{% macro default__add_months(date, months) -%}
    cast({{ date }} + {{ months }} * interval '1 month' as date)
{%- endmacro %}

{% macro snowflake__add_months(date, months) -%} dateadd(month, {{ months }}, {{ date }}) {%- endmacro %}

{% macro bigquery__add_months(date, months) -%} date_add({{ date }}, interval {{ months }} month) {%- endmacro %}

{% macro databricks__add_months(date, months) -%} add_months({{ date }}, {{ months }}) {%- endmacro %}

{% macro clickhouse__add_months(date, months) -%} addMonths({{ date }}, {{ months }}) {%- endmacro %}

{#- How many days a date is after another one. -#}
{% macro days_after(date, earlier) -%}
    {{ return(adapter.dispatch('days_after', 'accbooks')(date, earlier)) }}
{%- endmacro %}

{% macro default__days_after(date, earlier) -%} cast({{ date }} - {{ earlier }} as integer) {%- endmacro %}

{% macro bigquery__days_after(date, earlier) -%} date_diff({{ date }}, {{ earlier }}, day) {%- endmacro %}

{% macro databricks__days_after(date, earlier) -%} datediff({{ date }}, {{ earlier }}) {%- endmacro %}

{% macro clickhouse__days_after(date, earlier) -%} dateDiff('day', {{ earlier }}, {{ date }}) {%- endmacro %}

{#- How many months the month of a date is after that of another one. -#}
{% macro months_after(date, earlier) -%}
    12 * ({{ year_of(date) }} - {{ year_of(earlier) }}) + {{ month_of(date) }} - {{ month_of(earlier) }}
{%- endmacro %}

{#- The day someone reads a view on: not that of a run, which a view would keep. -#}
{% macro day_of_reading() -%}
    {{ adapter.dispatch('current_day', 'accbooks')() }}
{%- endmacro %}

{% macro year_of(date) -%}
    cast(extract(year from {{ date }}) as integer)
{%- endmacro %}

{% macro month_of(date) -%}
    cast(extract(month from {{ date }}) as integer)
{%- endmacro %}

{% macro date_of(year, month, day) -%}
    {{ return(adapter.dispatch('date_of', 'accbooks')(year, month, day)) }}
{%- endmacro %}

{% macro default__date_of(year, month, day) -%} make_date({{ year }}, {{ month }}, {{ day }}) {%- endmacro %}

{% macro snowflake__date_of(year, month, day) -%}
    date_from_parts({{ year }}, {{ month }}, {{ day }})
{%- endmacro %}

{% macro bigquery__date_of(year, month, day) -%} date({{ year }}, {{ month }}, {{ day }}) {%- endmacro %}

{% macro clickhouse__date_of(year, month, day) -%} makeDate32({{ year }}, {{ month }}, {{ day }}) {%- endmacro %}

{#- Multiplies the rows of a query's one table by the whole numbers from first to last, which follow from the row. What
    `number_of` returns is the number. -#}
{% macro with_numbers(first, last, alias) -%}
    {{ return(adapter.dispatch('with_numbers', 'accbooks')(first, last, alias)) }}
{%- endmacro %}

{% macro number_of(alias) -%}
    {{ return(adapter.dispatch('number_of', 'accbooks')(alias)) }}
{%- endmacro %}

{% macro default__with_numbers(first, last, alias) -%}
    cross join lateral generate_series({{ first }}, {{ last }}) as {{ alias }} (number)
{%- endmacro %}

{% macro default__number_of(alias) -%} {{ alias }}.number {%- endmacro %}

{% macro snowflake__with_numbers(first, last, alias) -%}
    cross join lateral flatten(input => array_generate_range({{ first }}, {{ last }} + 1)) as {{ alias }}
{%- endmacro %}

{% macro snowflake__number_of(alias) -%} cast({{ alias }}.value as integer) {%- endmacro %}

{% macro bigquery__with_numbers(first, last, alias) -%}
    cross join unnest(generate_array({{ first }}, {{ last }})) as {{ alias }}
{%- endmacro %}

{% macro bigquery__number_of(alias) -%} {{ alias }} {%- endmacro %}

{% macro databricks__with_numbers(first, last, alias) -%}
    lateral view explode(sequence({{ first }}, {{ last }})) {{ alias }} as number
{%- endmacro %}

{% macro clickhouse__with_numbers(first, last, alias) -%}
    array join range({{ first }}, {{ last }} + 1) as {{ alias }}
{%- endmacro %}

{% macro clickhouse__number_of(alias) -%} {{ alias }} {%- endmacro %}

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
