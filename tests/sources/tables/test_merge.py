"""The conditions of a scope, executed on DuckDB after the formatting dlt gives them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import duckdb
import pendulum
import pytest
from accbooks_warehouse.sources.accbooks.tables.merge import (
    any_of,
    in_staging,
    in_windows,
    literal,
    of_company,
    one_of,
    read_again,
)
from accbooks_warehouse.sources.accbooks.windows import Window
from hypothesis import given
from hypothesis import strategies as st

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def window(start: str | None = None, end: str | None = None) -> Window:
    parse = pendulum.Date.fromisoformat
    return Window(parse(start) if start else None, parse(end) if end else None)


def formatted(condition: str) -> str:
    return condition.format(staging_table="staging")


def kept(condition: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the rows that meet a condition, in their order."""
    with duckdb.connect() as connection:
        connection.execute(f"create table rows (position integer, {columns})")
        for position, row in enumerate(rows):
            marks = ", ".join("?" * (len(row) + 1))
            connection.execute(f"insert into rows values ({marks})", (position, *row))
        found = connection.execute(f"select * from rows where {formatted(condition)} order by position")
        return [row[1:] for row in found.fetchall()]


@given(text=texts)
def test_a_quoted_text_is_itself_again_in_sql(text: str) -> None:
    assert duckdb.connect().execute(f"select {formatted(literal(text))}").fetchone() == (text,)


def test_quotes_and_braces_are_doubled() -> None:
    assert literal("O'Neil {and} sons") == "'O''Neil {{and}} sons'"


@given(ids=st.lists(texts, max_size=4), other=texts)
def test_one_of_several_texts_is_met_by_these_alone(ids: list[str], other: str) -> None:
    condition = formatted(one_of("id", ids))
    for each in {*ids, other}:
        assert duckdb.connect().execute(f"select {condition} from (select ? as id)", [each]).fetchone() == (
            each in ids,
        )


def test_a_scope_without_conditions_holds_nothing_of_a_window_and_all_of_a_company() -> None:
    rows = [("a",), ("o'b{}",)]
    assert kept(of_company("o'b{}"), "company_id text", rows) == [("o'b{}",)]
    assert kept(of_company("a", any_of([])), "company_id text", rows) == []
    assert kept(of_company("a", in_windows([])), "company_id text", rows) == []
    assert kept(of_company("a", one_of("company_id", [])), "company_id text", rows) == []


def test_conditions_are_all_met_while_alternatives_stay_together() -> None:
    condition = of_company("a", any_of(["n = 1", "n = 2"]), "n > 1")
    assert kept(condition, "company_id text, n integer", [("a", 1), ("a", 2), ("b", 2)]) == [("a", 2)]


days = st.dates(dt.date(2024, 1, 1), dt.date(2024, 3, 1))


@st.composite
def some_windows(draw: st.DrawFn) -> list[Window]:
    bounds = [sorted([draw(days), draw(days)]) for _ in range(draw(st.integers(0, 4)))]
    return [
        Window(
            pendulum.instance(start) if draw(st.booleans()) else None,
            pendulum.instance(end) if draw(st.booleans()) else None,
        )
        for start, end in bounds
    ]


@given(windows=some_windows(), day=days)
def test_a_date_is_in_the_windows_exactly_when_it_is_in_one_of_them(
    windows: list[Window], day: dt.date
) -> None:
    inside = any((each.start or day) <= day <= (each.end or day) for each in windows)
    found = duckdb.connect().execute(
        f"select {formatted(in_windows(windows))} from (select ?::date as date)", [day]
    )
    assert found.fetchone() == (inside,)


@pytest.mark.parametrize(
    ("windows", "found"),
    [
        ([window()], ["whole", "march", "from march", "to march"]),
        ([window("2024-03-01", "2024-03-31")], ["march"]),
        ([window("2024-02-01", "2024-03-15"), window("2024-03-16", "2024-04-30")], ["march"]),
        ([window("2024-03-01", None)], ["march", "from march"]),
        ([window(None, "2024-03-31")], ["march", "to march"]),
        ([window("2024-04-01", None)], []),
        ([], []),
    ],
)
def test_a_window_was_read_again_when_it_lies_inside_those_read_now(
    windows: list[Window], found: list[str]
) -> None:
    start, end = dt.date(2024, 3, 1), dt.date(2024, 3, 31)
    before = [
        ("whole", None, None),
        ("march", start, end),
        ("from march", start, None),
        ("to march", None, end),
    ]
    columns = 'name text, "from" date, "to" date'
    assert [row[0] for row in kept(read_again(windows), columns, before)] == found


def test_rows_of_the_load_itself_are_found_in_its_staging_table_and_not_those_of_another_company() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table staging as select unnest(['comp_1', 'comp_2']) as company_id, "
            "unnest(['inv_1', 'inv_2']) as invoice_id"
        )
        connection.execute("create table rows as select unnest(['inv_1', 'inv_2']) as invoice_id")
        condition = formatted(in_staging("invoice_id", "comp_1"))
        found = connection.execute(f"select * from rows where {condition}")
        assert found.fetchall() == [("inv_1",)]
