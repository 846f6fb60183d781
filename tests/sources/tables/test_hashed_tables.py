"""Rows against their row hash: a row as it was loaded is sound, and any change in it is noticed."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from accbooks_warehouse.sources.accbooks.columns import DATE, TIMESTAMP, Column
from accbooks_warehouse.sources.accbooks.endpoints import ENDPOINTS
from accbooks_warehouse.sources.accbooks.tables.hashed_tables import HASHED_TABLES, HashedTable
from accbooks_warehouse.sources.accbooks.tables.row_hash import row_hashes
from accbooks_warehouse.sources.accbooks.tables.schemas import EXTRA, arrow_table

SAMPLES = {
    "text": ["é", "f"],
    "identifier": ["a", "b"],
    "boolean": [True, False],
    "integer": [1, 2],
    "date": ["0001-01-01", "9999-12-31"],
    "timestamp": ["2026-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"],
}
EXTRAS = ('{"a": 1.10, "b": [null]}', '{"a": 1.1, "b": [null]}')
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def value(column: Column, which: int):
    if column == EXTRA:
        return EXTRAS[which]
    return column.kind.parse(SAMPLES.get(column.kind.name, ["1.01", "1.02"])[which])


def as_held(column: Column, held):
    """Return a value as a database hands it over."""
    if column.kind is TIMESTAMP and held is not None:
        return (held - EPOCH) // dt.timedelta(microseconds=1)
    if column == EXTRA and held is not None:
        return json.dumps(json.loads(held), indent=1).replace("1.1,", "1.10,") if "1.10" in held else held
    return held


@pytest.mark.parametrize("table", HASHED_TABLES, ids=lambda table: table.name)
def test_a_row_is_sound_until_any_value_of_it_changes(table: HashedTable) -> None:
    first = {column.name: value(column, 0) for column in table.columns}
    rows = [first, dict.fromkeys(first)] + [{**first, each.name: value(each, 1)} for each in table.columns]
    columns = [Column(each.name, each.kind) for each in table.columns]
    hashes = row_hashes(table.columns, arrow_table(columns, rows)).to_pylist()
    held = [[as_held(each, row[each.name]) for each in table.columns] for row in rows]
    assert table.altered(held, hashes) == [False] * len(rows)
    assert table.altered(held, [hashes[0]] * len(rows)) == [False] + [True] * (len(rows) - 1)


def test_a_value_that_no_column_holds_is_a_change() -> None:
    (table,) = (each for each in HASHED_TABLES if each.name == "journals")
    rows = [{each.name: value(each, 0) for each in table.columns}] * 2
    hashes = row_hashes(table.columns, arrow_table(table.columns, rows)).to_pylist()
    held = [[as_held(each, row[each.name]) for each in table.columns] for row in rows]
    held[1][[each.kind for each in table.columns].index(DATE)] = "no date"
    assert table.altered(held, hashes) == [False, True]


def test_every_list_and_its_lines_are_looked_at() -> None:
    names = {endpoint.name for endpoint in ENDPOINTS} | {each.lines.table for each in ENDPOINTS if each.lines}
    assert names <= {table.name for table in HASHED_TABLES}
