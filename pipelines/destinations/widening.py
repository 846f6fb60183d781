"""Columns that are declared wider than a warehouse of an earlier version has them, or may be null since.

dlt never alters a column that is there: what is loaded would be rounded to its decimals, or refused. The
tables that a full refresh keeps have to be widened, too; all other models are made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
from sources.accbooks.columns import SUM, Column
from sources.accbooks.endpoints import ENDPOINTS
from sources.accbooks.tables.reports import REPORTS

KEPT_FOR_GOOD: Mapping[str, tuple[str, ...]] = {
    "change_log": ("old_amount", "new_amount"),
    "known_documents": ("amount",),
    "reconciliation_history": ("api_amount", "warehouse_amount", "difference"),
}
"""Tables that no full refresh makes anew, with their sums."""

HELD = """
    select columns.table_schema, columns.table_name, columns.column_name,
        columns.numeric_precision, columns.numeric_scale, columns.is_nullable
    from information_schema.columns as columns
    inner join information_schema.tables as tables
        on columns.table_catalog = tables.table_catalog
        and columns.table_schema = tables.table_schema and columns.table_name = tables.table_name
    where
        tables.table_type = 'BASE TABLE'
        and (columns.numeric_scale > 0 or columns.is_nullable = 'NO')
        and columns.table_schema like 'accbooks%'
"""
"""Every column with decimals or without nulls, those of the tables that loads pass through as well."""


@dataclass(frozen=True)
class Narrow:
    """A column that has too few digits before or after the point, and the type it needs."""

    schema: str
    table: str
    column: str
    digits: int
    places: int

    views_depend_on_it: ClassVar[bool] = True

    @property
    def alteration(self) -> str:
        """Return the part of `alter table` that widens it."""
        return f'alter column "{self.column}" type decimal({self.digits}, {self.places})'


@dataclass(frozen=True)
class Mandatory:
    """A column that takes no null, though it is declared to."""

    schema: str
    table: str
    column: str

    views_depend_on_it: ClassVar[bool] = False

    @property
    def alteration(self) -> str:
        """Return the part of `alter table` that lets it be null."""
        return f'alter column "{self.column}" drop not null'


Outdated = Narrow | Mandatory
Held = tuple[str, str, str, int | None, int | None, str]


def outdated_columns(held: Iterable[Held]) -> Iterator[Outdated]:
    """Yield what has to be altered of the columns held, as `HELD` lists them."""
    declared = _declared()
    for schema, table, column, digits, places, is_nullable in held:
        now = declared.get((table, column))
        if now is None:
            continue
        kind = now.kind.arrow_type
        if isinstance(kind, pa.Decimal128Type) and digits is not None and places is not None:
            needed = kind.precision, kind.scale
            if digits - places < needed[0] - needed[1] or places < needed[1]:
                yield Narrow(schema, table, column, *needed)
        if is_nullable == "NO" and not now.required:
            yield Mandatory(schema, table, column)


def _declared() -> Mapping[tuple[str, str], Column]:
    """Return the columns of records, reports and what is kept for good, by table and name."""
    columns: list[tuple[str, Column]] = []
    for endpoint in ENDPOINTS:
        columns += [(endpoint.name, column) for column in endpoint.columns]
        if endpoint.lines:
            columns += [(endpoint.lines.table, column) for column in endpoint.lines.columns]
    for report in REPORTS:
        columns += [(report.name, column) for column in report.columns]
    columns += [(table, Column(name, SUM)) for table, names in KEPT_FOR_GOOD.items() for name in names]
    return {(table, column.name): column for table, column in columns}
