"""Columns that are declared wider than a warehouse of an earlier version has them.

dlt never alters a column that is there: what is loaded would be rounded to its decimals, or refused. The
tables that a full refresh keeps have to be widened, too; all other models are made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
from sources.accbooks.columns import SUM, Column
from sources.accbooks.endpoints import ENDPOINTS
from sources.accbooks.reports import REPORTS

KEPT_FOR_GOOD: Mapping[str, tuple[str, ...]] = {
    "change_log": ("old_amount", "new_amount"),
    "known_documents": ("amount",),
    "reconciliation_history": ("api_amount", "warehouse_amount", "difference"),
}
"""Tables that no full refresh makes anew, with their sums."""

DECIMALS = """
    select columns.table_schema, columns.table_name, columns.column_name,
        columns.numeric_precision, columns.numeric_scale
    from information_schema.columns as columns
    inner join information_schema.tables as tables
        on columns.table_catalog = tables.table_catalog
        and columns.table_schema = tables.table_schema and columns.table_name = tables.table_name
    where
        tables.table_type = 'BASE TABLE'
        and columns.numeric_scale > 0
        and columns.table_schema like 'accbooks%'
"""
"""Every decimal column there is, those of the tables that loads pass through as well."""


@dataclass(frozen=True)
class Narrow:
    """A column that has too few digits before or after the point, and the type it needs."""

    schema: str
    table: str
    column: str
    digits: int
    places: int

    @property
    def alteration(self) -> str:
        """Return the part of `alter table` that widens it."""
        return f'alter column "{self.column}" type decimal({self.digits}, {self.places})'


def narrow_columns(held: Iterable[tuple[str, str, str, int, int]]) -> Iterator[Narrow]:
    """Yield those of the decimal columns held, as `DECIMALS` lists them, that are declared wider."""
    declared = _declared()
    for schema, table, column, digits, places in held:
        needed = declared.get((table, column))
        if needed and (digits - places < needed[0] - needed[1] or places < needed[1]):
            yield Narrow(schema, table, column, *needed)


def _declared() -> Mapping[tuple[str, str], tuple[int, int]]:
    """Return the digits, and the places of them, of every decimal by table and column."""
    columns: list[tuple[str, Column]] = []
    for endpoint in ENDPOINTS:
        columns += [(endpoint.name, column) for column in endpoint.columns]
        if endpoint.lines:
            columns += [(endpoint.lines.table, column) for column in endpoint.lines.columns]
    for report in REPORTS:
        columns += [(report.name, column) for column in report.columns]
    kept = [(table, Column(name, SUM)) for table, names in KEPT_FOR_GOOD.items() for name in names]
    return {
        (table, column.name): (kind.precision, kind.scale)
        for table, column in [*columns, *kept]
        if isinstance(kind := column.kind.arrow_type, pa.Decimal128Type)
    }
