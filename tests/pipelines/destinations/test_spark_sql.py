"""Statements as the other databases have them, in Spark's spelling."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from accbooks_warehouse.pipelines.destinations.spark_sql import literal, spark_sql


@pytest.mark.parametrize(
    ("sql", "spelled"),
    [
        ("select 'it''s'", r"select 'it\'s'"),
        (r"select '\n'", r"select '\\n'"),
        ('select "from", "a""b" from t', 'select `from`, `a"b` from t'),
        ("select cast(null as varchar)", "select cast(null as string)"),
        ("select cast(x as double precision)", "select cast(x as double)"),
        ("create table t (at timestamp with time zone)", "create table t (at timestamp)"),
        ("drop view if exists v cascade", "drop view if exists v "),
        ("select 1 -- it's one", "select 1 "),
        ('select a from t order by a collate "C"', "select a from t order by a "),
        ("select 'varchar -- cascade \"x\" %s'", "select 'varchar -- cascade \"x\" %s'"),
    ],
)
def test_what_standard_sql_spells_in_another_way_is_translated(sql, spelled):
    assert spark_sql(sql) == spelled


def test_parameters_are_written_into_the_statement_but_not_into_its_texts():
    sql = "insert into t values (%s, '%s', %s, \"%s\")"
    assert spark_sql(sql, ["a%s", None]) == "insert into t values ('a%s', '%s', null, `%s`)"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (-7, "-7"),
        (0.1, "cast('0.1' as double)"),
        (Decimal("1.50"), "cast('1.50' as decimal(3, 2))"),
        (Decimal("-0.005"), "cast('-0.005' as decimal(4, 3))"),
        (Decimal("1E+3"), "cast('1000' as decimal(4, 0))"),
        (dt.date(206, 1, 2), "date '0206-01-02'"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, 6, dt.UTC), "timestamp '2026-01-02 03:04:05.000006+00:00'"),
        (dt.datetime(2026, 1, 2), "timestamp '2026-01-02 00:00:00+00:00'"),  # noqa: DTZ001 - that is what it shows
        ("back\\slash's", r"'back\\slash\'s'"),
    ],
)
def test_values_are_written_as_spark_reads_them(value, written):
    assert literal(value) == written


def test_a_value_that_sql_does_not_have_is_refused():
    with pytest.raises(TypeError, match="A parameter of SQL is a list"):
        literal([])
