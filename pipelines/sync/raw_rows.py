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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pendulum
import pyarrow as pa
from accbooks_warehouse.pipelines.destinations import STAGING, Rows, Warehouse
from accbooks_warehouse.pipelines.queries.row_counts import row_count
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
        return {name: joined(sorted(each, key=str)) for name, each in self.days.items()}


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
        for table in self._tables:
            rows = self._rows_to_compare(table)
            for first, last in (*self._damaged(table, rows), *self._doubled(table, rows)):
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
        counts = {}
        for table in tables:
            rows = self._rows_to_compare(table)
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
    ) -> Iterator[tuple[dt.date | None, dt.date | None]]:
        """Yield the days of rows that differ from their hash; with `plain`, only of rows without `extra`."""
        warehouse = self._warehouse
        first, last = map(warehouse.quoted, table.days) if table.days else ("null", "null")
        values = [_selected(warehouse, column) for column in table.columns]
        conditions = ["company_id = %s", rows]
        conditions += ["extra is null"] if plain and EXTRA in table.columns else []
        sql = (
            f"select {first}, {last}, row_hash, {', '.join(values)} from {warehouse.raw}.{table.name} "
            f"where {' and '.join(conditions)}"
        )
        with warehouse.streamed_tables(sql, self._company_id, rows=CHUNK) as chunks:
            for chunk in chunks:
                days, hashes, rows_of_table = _parted(chunk)
                altered = table.altered(rows_of_table, hashes)
                yield from (each for each, is_altered in zip(days, altered, strict=True) if is_altered)

    def _doubled(self, table: HashedTable, rows: str) -> Sequence[tuple[dt.date | None, dt.date | None]]:
        """Return the days of rows that are there more than once, by their key.

        A copy with another date and a hash of its own is not among these: the models find its id twice.
        """
        warehouse = self._warehouse
        key = ", ".join(map(warehouse.quoted, table.key))
        compared = f"from {warehouse.raw}.{table.name} where company_id = %s and {rows}"
        days = ", ".join(map(warehouse.quoted, table.days)) if table.days else "null, null"
        doubled_keys = f"select {key} {compared} group by {key} having count(*) > 1"
        found: Any = warehouse.query(
            f"select {days} {compared} and ({key}) in ({doubled_keys})",
            self._company_id,
            self._company_id,
        )
        doubled: Sequence[tuple[dt.date | None, dt.date | None]] = found
        return doubled

    def _rows_to_compare(self, table: HashedTable) -> str:
        """Return the condition for the rows to compare: those in the window, or today's share of months."""
        if table.days is None:
            return "1 = 1"
        day = self._warehouse.quoted(table.days[1])
        if self._window is not None:
            start, end = self._window.start, self._window.end
            bounds = [f"{day} >= '{start}'" if start else "", f"{day} <= '{end}'" if end else ""]
            return " and ".join(filter(None, bounds)) or "1 = 1"
        rows = row_count(self._warehouse, table.name, self._company_id)
        parts = max(1, math.ceil(rows / ROWS_PER_RUN))
        month = f"cast(12 * extract(year from {day}) + extract(month from {day}) as integer)"
        return f"mod({month}, {parts}) = {self._today.toordinal() % parts}"


def _parted(chunk: Rows) -> tuple[Iterable[tuple[Any, Any]], Iterable[Any], Rows]:
    """Return a chunk's first and last days, its hashes, and the other columns."""
    if isinstance(chunk, pa.Table):
        first, last, hashes = (chunk.column(place).to_pylist() for place in range(3))
        return zip(first, last, strict=True), hashes, chunk.select(range(3, chunk.num_columns))
    return [(row[0], row[1]) for row in chunk], [row[2] for row in chunk], [row[3:] for row in chunk]


def _selected(warehouse: Warehouse, column: Column) -> str:
    if column == EXTRA:
        return f"cast({column.name} as varchar)"
    if column.kind is TIMESTAMP:
        return warehouse.microseconds(column.name)
    return warehouse.quoted(column.name)


def _months_with_rows_gone(warehouse: Warehouse, company_id: str) -> list[tuple[str, Window]]:
    """Return the months of lists that have fewer rows than the models were built from, and no new ones.

    If a load deleted rows and the models were not rebuilt since, its month is returned as well; reading it
    again costs little.
    """
    if not warehouse.has_table(STAGING, "ledger_inputs"):
        return []
    resources = {table.name: table.resource for table in HASHED_TABLES if table.days and not table.is_report}
    rows = warehouse.query(
        f"""
        select input, month_start from (
            select input, month_start, version, sum(built) as built, sum(held) as held
            from (
                select input, month_start, version, number_of_rows as built, 0 as held
                from {warehouse.staging}.ledger_inputs where company_id = %s
                union all
                select input, month_start, version, 0 as built, number_of_rows as held
                from {warehouse.staging}.int_ledger_inputs where company_id = %s
            ) as sides
            where month_start is not null and input <> 'calendar'
            group by input, month_start, version
        ) as versions
        group by input, month_start
        having max(built - held) > 0 and max(case when built = 0 then 1 else 0 end) = 0
        """,
        company_id,
        company_id,
    )
    found = {(resources[name], month) for name, month in rows if name in resources}
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
