"""The inspection finds what cannot be said: each kind of complaint, shown by SQL that is wrong."""

import pytest
from portability.databases import DATABASES
from portability.inspection import complaints

EVERYWHERE = tuple(DATABASES)
NO_DISTINCT = ("bigquery", "databricks", "snowflake")

WRONG = [
    # functions and their arguments
    (
        "select make_date(2024, 1, 31) as day",
        ("snowflake", "bigquery", "clickhouse"),
        "there is no function make_date",
    ),
    (
        "select date_from_parts(2024, 1, 31) as day",
        ("bigquery", "databricks", "clickhouse"),
        "there is no function",
    ),
    (
        "select date_trunc('month', posted) as first_day from days",
        ("bigquery", "clickhouse"),
        "there is no function",
    ),
    (
        "select date_trunc(posted, month) as first_day from days",
        ("snowflake", "databricks", "clickhouse"),
        "no function",
    ),
    (
        "select last_day(posted) as last_of_month from days",
        ("bigquery", "clickhouse"),
        "there is no function last_day",
    ),
    (
        "select toLastDayOfMonth(posted) as last_of_month from days",
        ("snowflake", "bigquery", "databricks"),
        "no function",
    ),
    (
        "select tolastdayofmonth(posted) as last_of_month from days",
        EVERYWHERE,
        "there is no function tolastdayofmonth",
    ),
    ("select frobnicate(posted) as day from days", EVERYWHERE, "there is no function frobnicate(value)"),
    ("select bool_or(is_paid) as is_paid from invoices", EVERYWHERE, "there is no function bool_or(value)"),
    ("select string_agg(name, ', ') as names from contacts", EVERYWHERE, "there is no function string_agg"),
    (
        "select string_agg(name, ', ' order by name) as names from contacts",
        ("snowflake", "databricks", "clickhouse"),
        "there is no function string_agg(value, ordered)",
    ),
    (
        "select listagg(name, ', ') within group (order by name) as names from contacts",
        ("bigquery", "databricks", "clickhouse"),
        "there is no function listagg(value, text)",
    ),
    ("select md5(name) as digest from contacts", ("clickhouse",), "there is no function md5(value)"),
    ("select round(amount) as amount from postings", EVERYWHERE, "there is no function round(value)"),
    ("select current_date as today", ("clickhouse",), "there is no current_date without brackets"),
    (
        "select number from generate_series(1, 3) as numbers (number)",
        EVERYWHERE,
        "no function generate_series",
    ),
    # types
    (
        "select cast(amount as decimal(38, 2)) as amount from postings",
        ("bigquery",),
        "there is no type decimal ( 38 , 2 )",
    ),
    ("select cast(rate as decimal(28, 10)) as rate from rates", ("bigquery",), "there is no type decimal"),
    (
        "select cast(rate as decimal(39, 2)) as rate from rates",
        ("snowflake", "databricks"),
        "there is no type decimal",
    ),
    ("select cast(amount as decimal) as amount from postings", EVERYWHERE, "there is no type decimal"),
    (
        "select cast(id as varchar) as id from invoices",
        ("bigquery", "databricks"),
        "there is no type varchar",
    ),
    ("select cast(id as string) as id from invoices", ("snowflake", "clickhouse"), "there is no type string"),
    (
        "select cast(null as timestamp with time zone) as seen_at",
        ("bigquery", "databricks", "clickhouse"),
        "there is no type timestamp with time zone",
    ),
    ("select cast(null as timestamp) as seen_at", ("snowflake", "clickhouse"), "there is no type timestamp"),
    ("select cast(id as text) as id from invoices", EVERYWHERE, "there is no type text"),
    (
        "select cast(rate as double precision) as rate from rates",
        EVERYWHERE,
        "there is no type double precision",
    ),
    ("select id::varchar as id from invoices", EVERYWHERE, "a cast is not written out"),
    # dates
    ("select day + interval '1 month' as day from days", EVERYWHERE, "there is no Interval"),
    ("select 2 * interval '1 month' as period", EVERYWHERE, "there is no Interval"),
    (
        "select period_end - period_start as days from periods",
        ("bigquery", "databricks"),
        "a date less a date",
    ),
    ("select cast('0001-01-01' as date) as day", ("clickhouse",), "there is no such day: 0001-01-01"),
    # names
    ('select "from" as period_start from periods', ("bigquery", "databricks"), "in double quotes is a text"),
    (
        'select "from" as period_start from periods',
        ("snowflake",),
        "a name in quotes is not in capitals: from",
    ),
    ("select settings.id from settings", ("clickhouse",), "a reserved word is a name: settings"),
    ("select periods.rows from periods", ("bigquery", "snowflake"), "a reserved word is a name: rows"),
    # constructs
    (
        "select name from (values ('a'), ('b')) as listed (name)",
        ("snowflake", "databricks", "clickhouse"),
        "there is no Values",
    ),
    ("select name from (values ('a'), ('b')) as listed (name)", ("bigquery",), "it cannot be parsed"),
    ("select distinct on (id) id, name from contacts order by id", EVERYWHERE, "a Distinct has no on"),
    (
        "select id from invoices where (id, company_id) in (select id, company_id from kept)",
        EVERYWHERE,
        "no Tuple",
    ),
    (
        "select count(distinct id, name) as number from contacts",
        EVERYWHERE,
        "several columns are counted together",
    ),
    (
        "select id from a union select id from b",
        ("snowflake", "databricks"),
        "a union says neither all nor distinct",
    ),
    ("select id from a union select id from b", ("bigquery", "clickhouse"), "it cannot be parsed"),
    ("select id from a intersect distinct select id from b", EVERYWHERE, "there is no Intersect"),
    ("select id from invoices where is_paid is true", EVERYWHERE, "only null can be asked for by is"),
    ("select id from invoices where a is distinct from b", ("clickhouse",), "there is no NullSafeNEQ"),
    ("select id from invoices limit 1 offset 2", EVERYWHERE, "a Select has no offset"),
    (
        "select id, name from contacts qualify row_number() over (partition by id) = 1",
        EVERYWHERE,
        "has no qualify",
    ),
    ("select name from contacts where name ilike 'a%'", EVERYWHERE, "there is no ILike"),
    ("select a.id from a full outer join b using (id)", EVERYWHERE, "a Join has no using"),
    ("select a.id from a natural join b", EVERYWHERE, "a Join has no method"),
    ("select a.id from a inner join b on a.id > b.id", ("clickhouse",), "a join has no equality"),
    ("delete from invoices as old where old.id = '1'", ("bigquery", "databricks"), "a delete has an alias"),
    ("update invoices set id = '1' where id = '2'", EVERYWHERE, "there is no Update"),
    (
        "select sum(amount) as amount from a having sum(amount) <> 0",
        ("bigquery",),
        "having adds up what is added up",
    ),
    # subqueries
    (
        "select a.id from a where exists (select 1 from b where b.id = a.id)",
        ("clickhouse",),
        "there is no Exists",
    ),
    (
        "select a.id from a where a.id in (select b.id from b where b.day < a.day and b.x = a.x)",
        ("clickhouse",),
        "a subquery looks at the query around it",
    ),
    (
        "select a.id from a where exists (select 1 from b where b.day < a.day)",
        NO_DISTINCT,
        "a subquery is not joined by an equality",
    ),
    # what is no SQL at all
    ("select from where", EVERYWHERE, ""),
    ("select (1 as one", EVERYWHERE, "it cannot be parsed"),
    ("frobnicate the table", EVERYWHERE, ""),
]


@pytest.mark.parametrize(
    ("sql", "name", "complaint"), [(sql, name, said) for sql, names, said in WRONG for name in names]
)
def test_what_cannot_be_said_there_is_named(sql: str, name: str, complaint: str) -> None:
    found = complaints(sql, name)
    assert [each for each in found if complaint in each], found


@pytest.mark.parametrize("name", DATABASES)
def test_a_plain_query_is_nothing_to_complain_about(name: str) -> None:
    sql = """
        with postings as (select company_id, amount from ledger where amount is not null)
        select
            postings.company_id,
            cast(sum(postings.amount) as decimal(18, 2)) as amount,
            count(*) as number_of_postings
        from postings
        inner join companies on postings.company_id = companies.company_id
        where companies.id in (select kept.id from kept)
        group by postings.company_id
        having sum(postings.amount) <> 0
    """
    assert complaints(sql, name) == []
