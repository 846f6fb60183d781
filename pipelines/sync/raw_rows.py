"""Compare raw rows with their row hash, in rotation, to find what was changed or doubled since it was loaded.

A load does not rewrite a row whose hash is unchanged, and reports do not show descriptions. So every sync
computes the hash of some rows again: of all rows in small books, of some months in large ones, so that every
month is compared within a few days. Deleted rows are found by the number of rows that each month was built
from.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import pendulum
import pyarrow as pa
from accbooks_warehouse.pipelines.destinations import MEMBERS, Rows, Warehouse, by_member, sql_of
from accbooks_warehouse.pipelines.queries.row_counts import TABLES_AT_ONCE, row_counts
from accbooks_warehouse.pipelines.transform.ledger_inputs import LedgerInputs
from accbooks_warehouse.sources.accbooks import (
    EXTRA,
    HASHED_TABLES,
    TIMESTAMP,
    Column,
    HashedTable,
    ReportRequest,
    Window,
    joined,
    month_of,
)

Value = TypeVar("Value")

ROWS_PER_RUN = 50_000
"""The rows of a table compared in one run; 100,000 take roughly a second."""
CHUNK = 5_000
HASH = 3
"""The place of the hash in a row: company, first and last day come before it, what it is of after it."""


@dataclass(frozen=True)
class Damage:
    """What to read again: days of dated lists, lists without dates, and reports."""

    days: Mapping[str, frozenset[Window]] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    reports: Mapping[str, frozenset[ReportRequest]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.days or self.lists or self.reports)

    @property
    def windows(self) -> dict[str, list[Window]]:
        """Return the windows to read again, in order, by list; adjacent ones are joined."""
        return {name: joined(each) for name, each in self.days.items()}


class RawRows:
    """Compares raw rows of a company with their hash: today's share of them, or all in a `window`."""

    def __init__(
        self, warehouse: Warehouse, company_id: str, today: dt.date, window: Window | None = None
    ) -> None:
        self._warehouse = warehouse
        self._company_id = company_id
        self._today = today
        self._window = window

    def damage(self) -> Damage:
        """Return what differs from what was loaded."""
        days: dict[str, set[Window]] = defaultdict(set)
        lists: set[str] = set()
        reports: dict[str, set[ReportRequest]] = defaultdict(set)
        tables = self._tables
        compared, with_doubled = self._rows_to_compare(), self._with_doubled(tables)
        for table in tables:
            rows = compared[table.name]
            doubled = self._doubled(table, rows) if table.name in with_doubled else ()
            for first, last in (*self._damaged(table, rows), *doubled):
                if table.is_report:
                    reports[table.resource].add(_request(first, last, table))
                elif first is None or last is None:
                    lists.add(table.resource)
                else:
                    days[table.resource].add(Window(pendulum.instance(first), pendulum.instance(last)))
        if self._window is None:  # else all of it is read in any case
            for resource, month in _months_with_rows_gone(self._warehouse, self._company_id):
                days[resource].add(month)
        return Damage(_frozen(days), frozenset(lists), _frozen(reports))

    def still_damaged(self, mended: Damage) -> dict[str, int]:
        """Return how many rows of each table still differ, or are doubled, after they were read again.

        Rows with an `extra` are not counted: a database may write its numbers in another way.
        """
        wanted = {*mended.days, *mended.lists, *mended.reports}
        tables = [table for table in self._tables if table.resource in wanted]
        counts, compared = {}, self._rows_to_compare()
        for table in tables:
            rows = compared[table.name]
            altered = sum(1 for _ in self._damaged(table, rows, plain=True))
            counts[table.name] = altered or len(self._doubled(table, rows))
        return {name: count for name, count in counts.items() if count}

    @property
    def _tables(self) -> list[HashedTable]:
        """Return the tables that have all columns; in one from an earlier version the next load adds them."""
        columns = self._warehouse.raw_columns()
        return [
            table
            for table in HASHED_TABLES
            if {column.name for column in table.columns} | {"row_hash"} <= columns[table.name]
        ]

    def _damaged(
        self, table: HashedTable, rows: str, *, plain: bool = False
    ) -> Sequence[tuple[dt.date | None, dt.date | None]]:
        """Return the days of rows that differ from their hash; with `plain`, only of rows without `extra`."""
        warehouse = self._warehouse
        first, last = map(warehouse.quoted, table.days) if table.days else ("null", "null")
        values = [_selected(warehouse, column) for column in table.columns]
        conditions = [f"company_id in ({MEMBERS})", rows]
        conditions += ["extra is null"] if plain and EXTRA in table.columns else []
        sql = (
            f"select company_id, {first}, {last}, row_hash, {', '.join(values)} "
            f"from {warehouse.raw}.{table.name} where {' and '.join(conditions)}"
        )

        def ask(members: Sequence[str]) -> dict[str, list[Any]]:
            found: defaultdict[str, list[Any]] = defaultdict(list)
            statement, parameters = sql_of(sql, self._alike(members, {table.name: rows}), ())
            with warehouse.streamed_tables(statement, *parameters, rows=CHUNK) as chunks:
                for chunk in chunks:
                    hashes, rows_of_table = _parted(chunk)
                    altered = enumerate(table.altered(rows_of_table, hashes))
                    for company_id, first_day, last_day in _days_of(
                        chunk, [row for row, each in altered if each]
                    ):
                        found[company_id].append((first_day, last_day))
            return found

        return warehouse.together.of(("altered", sql), self._company_id, ask)

    def _with_doubled(self, tables: Sequence[HashedTable]) -> set[str]:
        """Return the names of tables with rows that are there more than once."""
        warehouse, compared = self._warehouse, self._rows_to_compare()
        parts = []
        for table in tables:
            key = ", ".join(["company_id", *map(warehouse.quoted, table.key)])
            parts.append(
                f"select company_id, '{table.name}' from {warehouse.raw}.{table.name} "
                f"where company_id in ({MEMBERS}) and {compared[table.name]} "
                f"group by {key} having count(*) > 1"
            )
        found: set[str] = set()
        for start in range(0, len(parts), TABLES_AT_ONCE):
            some = slice(start, start + TABLES_AT_ONCE)
            sql = " union ".join(parts[some])
            # the answer is for all of whom the question is the same, whatever they are asked of other tables
            ask = partial(self._names_found, sql, {each.name: compared[each.name] for each in tables[some]})
            found |= {name for (name,) in warehouse.together.of(("with doubled", sql), self._company_id, ask)}
        return found

    def _names_found(
        self, sql: str, compared: Mapping[str, str], members: Sequence[str]
    ) -> dict[str, list[Any]]:
        statement, parameters = sql_of(sql, self._alike(members, compared), ())
        return by_member(self._warehouse.query(statement, *parameters))

    def _doubled(self, table: HashedTable, rows: str) -> Sequence[tuple[dt.date | None, dt.date | None]]:
        """Return the days of rows that are there more than once, by their key.

        A copy with another date and a hash of its own is not among these: the models find its id twice.
        """
        warehouse = self._warehouse
        key = ", ".join(["company_id", *map(warehouse.quoted, table.key)])
        compared = f"from {warehouse.raw}.{table.name} where company_id in ({MEMBERS}) and {rows}"
        days = ", ".join(map(warehouse.quoted, table.days)) if table.days else "null, null"
        doubled_keys = f"select {key} {compared} group by {key} having count(*) > 1"
        sql = f"select company_id, {days} {compared} and ({key}) in ({doubled_keys})"

        def ask(members: Sequence[str]) -> dict[str, list[Any]]:
            statement, parameters = sql_of(sql, self._alike(members, {table.name: rows}), ())
            return by_member(warehouse.query(statement, *parameters))

        return warehouse.together.of(("doubled", sql), self._company_id, ask)

    def _alike(self, members: Sequence[str], compared: Mapping[str, str]) -> Sequence[str]:
        """Return those of whom the same rows are to be compared: of large books it is only a part."""
        if len(members) == 1:
            return members
        return [each for each in members if compared.items() <= self._rows_to_compare(each).items()]

    def _rows_to_compare(self, company_id: str | None = None) -> Mapping[str, str]:
        """Return which rows of each table to compare: those in the window, or today's share of months."""
        tables = self._tables
        dated = [table for table in tables if table.days is not None]
        names = [table.name for table in dated] if self._window is None else []
        counts = row_counts(self._warehouse, names, company_id or self._company_id)
        conditions = {table.name: self._condition(table, counts.get(table.name, 0)) for table in dated}
        return dict.fromkeys((table.name for table in tables), "1 = 1") | conditions

    def _condition(self, table: HashedTable, rows: int) -> str:
        assert table.days is not None  # noqa: S101 - lists without dates are always compared completely
        day = self._warehouse.quoted(table.days[1])
        if self._window is not None:
            start, end = self._window.start, self._window.end
            bounds = [f"{day} >= '{start}'" if start else "", f"{day} <= '{end}'" if end else ""]
            return " and ".join(filter(None, bounds)) or "1 = 1"
        parts = max(1, math.ceil(rows / ROWS_PER_RUN))
        month = f"cast(12 * extract(year from {day}) + extract(month from {day}) as integer)"
        return f"mod({month}, {parts}) = {self._today.toordinal() % parts}"


def _parted(chunk: Rows) -> tuple[Iterable[Any], Rows]:
    """Return a chunk's hashes, and the columns after them."""
    if isinstance(chunk, pa.Table):
        return chunk.column(HASH).to_pylist(), chunk.select(range(HASH + 1, chunk.num_columns))
    return [row[HASH] for row in chunk], [row[HASH + 1 :] for row in chunk]


def _days_of(chunk: Rows, rows: Sequence[int]) -> Sequence[tuple[Any, ...]]:
    """Return the company, the first and the last day of some rows of a chunk."""
    if isinstance(chunk, pa.Table):
        columns = (chunk.column(place).take(rows).to_pylist() for place in range(HASH))
        return list(zip(*columns, strict=True)) if rows else []
    return [chunk[row][:HASH] for row in rows]


def _selected(warehouse: Warehouse, column: Column) -> str:
    if column == EXTRA:
        return f"cast({column.name} as varchar)"
    if column.kind is TIMESTAMP:
        return warehouse.microseconds(column.name)
    return warehouse.quoted(column.name)


def _months_with_rows_gone(warehouse: Warehouse, company_id: str) -> list[tuple[str, Window]]:
    """Return the lists and months with fewer rows than were built; reading one again costs little."""
    resources = {table.name: table.resource for table in HASHED_TABLES if table.days and not table.is_report}
    gone = LedgerInputs(warehouse).months_with_rows_gone(company_id)
    found = {(resources[name], month) for name, month in gone if name in resources}
    return [(name, _window_of(month)) for name, month in sorted(found)]


def _window_of(month: dt.date) -> Window:
    period = month_of(pendulum.instance(month))
    return Window(period.start, period.end)


def _request(first: dt.date | None, last: dt.date | None, table: HashedTable) -> ReportRequest:
    is_as_at = table.days is not None and table.days[0] == table.days[1]
    start = None if is_as_at or first is None else pendulum.instance(first)
    return ReportRequest(pendulum.instance(last or dt.date.max), start)


def _frozen(found: Mapping[str, set[Value]]) -> dict[str, frozenset[Value]]:
    return {name: frozenset(each) for name, each in found.items() if each}
