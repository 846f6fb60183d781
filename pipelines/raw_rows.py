"""The raw rows against their row hash, in rotation: what was changed by hand, or by a disk, is read again.

A load leaves alone what has the hash it had, and no report shows a description. So every sync makes the hash
of some rows anew: of all of them in small books, else of those of some months, and all come round in a few
days. Rows that are gone are found by their number: it is written down what each month was built from.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import pendulum
from sources.accbooks.books_calendar import month_of
from sources.accbooks.columns import TIMESTAMP, Column
from sources.accbooks.held_rows import HASHED_TABLES, HashedTable
from sources.accbooks.records import EXTRA
from sources.accbooks.replacement import joined
from sources.accbooks.reports import ReportRequest
from sources.accbooks.windows import Window

from pipelines.destinations import RAW, STAGING, Warehouse

Value = TypeVar("Value")

ROWS_PER_RUN = 50_000
"""How many rows of a table are compared in a run, at about 100,000 a second."""
CHUNK = 5_000


@dataclass(frozen=True)
class Damage:
    """What is not as it was loaded: days to read again of dated lists, lists that are read whole, reports."""

    days: Mapping[str, frozenset[Window]] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    reports: Mapping[str, frozenset[ReportRequest]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.days or self.lists or self.reports)

    @property
    def windows(self) -> dict[str, list[Window]]:
        """Return the windows to read again, in order, by list; neighbours are read together."""
        return {name: joined(sorted(each, key=str)) for name, each in self.days.items()}


def damage(warehouse: Warehouse, company_id: str, today: dt.date) -> Damage:
    """Return what is damaged of a company, as far as it is this day's turn to be looked at."""
    days: dict[str, set[Window]] = defaultdict(set)
    lists: set[str] = set()
    reports: dict[str, set[ReportRequest]] = defaultdict(set)
    for table in HASHED_TABLES:
        for first, last in _damaged(warehouse, company_id, table, today):
            if table.is_report:
                start = None if table.days is not None and table.days[0] == table.days[1] else first
                reports[table.resource].add(_request(start, last))
            elif first is None or last is None:
                lists.add(table.resource)
            else:
                days[table.resource].add(Window(pendulum.instance(first), pendulum.instance(last)))
    for resource, month in _decimated(warehouse, company_id):
        days[resource].add(month)
    return Damage(_frozen(days), frozenset(lists), _frozen(reports))


def still_damaged(warehouse: Warehouse, company_id: str, today: dt.date, mended: Damage) -> dict[str, int]:
    """Return how many rows of each table are damaged after they were read again.

    A number in `extra` that a database writes in its own way says nothing.
    """
    wanted = {*mended.days, *mended.lists, *mended.reports}
    tables = [table for table in HASHED_TABLES if table.resource in wanted]
    counts = {
        table.name: sum(1 for _ in _damaged(warehouse, company_id, table, today, plain=True))
        for table in tables
    }
    return {name: count for name, count in counts.items() if count}


def _damaged(
    warehouse: Warehouse, company_id: str, table: HashedTable, today: dt.date, *, plain: bool = False
) -> Iterator[tuple[dt.date | None, dt.date | None]]:
    """Yield the days of rows that are not what their hash was made of; `plain` ones have nothing extra."""
    if not _has_columns(warehouse, table):
        return
    first, last = map(warehouse.quoted, table.days) if table.days else ("null", "null")
    values = [_selected(warehouse, column) for column in table.columns]
    where = "company_id = %s" + (" and extra is null" if plain and EXTRA in table.columns else "")
    sql = (
        f"select {first}, {last}, row_hash, {', '.join(values)} from {warehouse.raw}.{table.name} "
        f"where {where} and {_turn(warehouse, company_id, table, today)}"
    )
    with warehouse.streamed(sql, company_id, rows=CHUNK) as chunks:
        for chunk in chunks:
            altered = table.altered([row[3:] for row in chunk], [row[2] for row in chunk])
            yield from (row[:2] for row, is_altered in zip(chunk, altered, strict=True) if is_altered)


def _has_columns(warehouse: Warehouse, table: HashedTable) -> bool:
    """Tell whether the table has all columns: one that an earlier version made gets them by the next load."""
    rows = warehouse.query(
        "select column_name from information_schema.columns where table_schema = %s and table_name = %s",
        RAW,
        table.name,
    )
    return {column.name for column in table.columns} | {"row_hash"} <= {name for (name,) in rows}


def _selected(warehouse: Warehouse, column: Column) -> str:
    if column == EXTRA:
        return f"cast({column.name} as varchar)"
    if column.kind is TIMESTAMP:
        return warehouse.microseconds(column.name)
    return warehouse.quoted(column.name)


def _turn(warehouse: Warehouse, company_id: str, table: HashedTable, today: dt.date) -> str:
    """Return the condition of the months whose turn it is today: so many that they have few rows."""
    if table.days is None:
        return "1 = 1"
    ((rows,),) = warehouse.query(
        f"select count(*) from {warehouse.raw}.{table.name} where company_id = %s", company_id
    )
    parts = max(1, math.ceil(rows / ROWS_PER_RUN))
    day = warehouse.quoted(table.days[1])
    month = f"cast(12 * extract(year from {day}) + extract(month from {day}) as integer)"
    return f"mod({month}, {parts}) = {today.toordinal() % parts}"


def _decimated(warehouse: Warehouse, company_id: str) -> list[tuple[str, Window]]:
    """Return the months of lists that have fewer rows than the models were built from, and no newer ones.

    A load that took rows away, and was not built from yet, looks the same: to read its month costs little.
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


def _request(start: dt.date | None, end: dt.date | None) -> ReportRequest:
    return ReportRequest(
        pendulum.instance(end or dt.date.max), None if start is None else pendulum.instance(start)
    )


def _frozen(found: Mapping[str, set[Value]]) -> dict[str, frozenset[Value]]:
    return {name: frozenset(each) for name, each in found.items() if each}
