"""Find columns of an earlier version's warehouse that are missing, have too few digits, or allow no nulls.

dlt never alters an existing column, so new values would be rounded or refused. It adds new columns, but only
in the next load, and dbt may run before that. Tables that a full refresh keeps have to be altered as well;
all other models are created again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
from accbooks_warehouse.sources.accbooks import (
    BOOLEAN,
    ENDPOINTS,
    EXTRA,
    REJECTED_COLUMNS,
    REJECTED_RECORDS,
    REPORTS,
    SUM,
    SYNC_WINDOWS_COLUMNS,
    Column,
    line_columns,
    record_columns,
)

SYNC_WINDOWS = "sync_windows"
KEPT_FOR_GOOD: Mapping[str, tuple[Column, ...]] = {
    "change_log": (Column("old_amount", SUM), Column("new_amount", SUM)),
    "known_documents": (Column("amount", SUM), Column("is_quarantined", BOOLEAN)),
    "reconciliation_history": (
        *(Column("api_amount", SUM), Column("warehouse_amount", SUM)),
        Column("difference", SUM),
    ),
}
"""Tables that a full refresh keeps, with their amounts and the columns that were added later."""
RAW_SCHEMA = "accbooks_raw"
JSON = {EXTRA.name, "record"}
"""Raw columns with JSON; every version has them."""
TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "varchar",
    pa.bool_(): "boolean",
    pa.int64(): "bigint",
    pa.date32(): "date",
    pa.timestamp("us", tz="UTC"): "timestamp with time zone",
}
"""Names of types in both databases; decimals also have their digits."""

STORED_COLUMNS = """
    select columns.table_schema, columns.table_name, columns.column_name,
        columns.numeric_precision, columns.numeric_scale, columns.is_nullable
    from information_schema.columns as columns
    inner join information_schema.tables as tables
        on columns.table_catalog = tables.table_catalog
        and columns.table_schema = tables.table_schema and columns.table_name = tables.table_name
    where
        tables.table_type = 'BASE TABLE'
        and columns.table_schema like 'accbooks%'
"""
"""Every column of every table, staging tables included."""


@dataclass(frozen=True)
class Narrow:
    """A column with too few digits before or after the point, and the type it needs."""

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
    """A column that is not null though it is declared nullable."""

    schema: str
    table: str
    column: str

    views_depend_on_it: ClassVar[bool] = False

    @property
    def alteration(self) -> str:
        """Return the part of `alter table` that makes it nullable."""
        return f'alter column "{self.column}" drop not null'


@dataclass(frozen=True)
class Missing:
    """A column that a table lacks, and its type."""

    schema: str
    table: str
    column: str
    sql_type: str

    views_depend_on_it: ClassVar[bool] = False

    @property
    def alteration(self) -> str:
        """Return the part of `alter table` that adds it."""
        return f'add column "{self.column}" {self.sql_type}'


Outdated = Narrow | Mandatory | Missing
StoredColumn = tuple[str, str, str, int | None, int | None, str]


def outdated_columns(stored: Iterable[StoredColumn]) -> Iterator[Outdated]:
    """Yield the columns to alter, of those that `STORED_COLUMNS` lists."""
    declared = declared_columns()
    found: dict[tuple[str, str], set[str]] = {}
    for schema, table, column, digits, places, is_nullable in stored:
        found.setdefault((schema, table), set()).add(column)
        now = declared.get(table, {}).get(column)
        if now is None:
            continue
        kind = now.kind.arrow_type
        if isinstance(kind, pa.Decimal128Type) and digits is not None and places is not None:
            needed = kind.precision, kind.scale
            if digits - places < needed[0] - needed[1] or places < needed[1]:
                yield Narrow(schema, table, column, *needed)
        if is_nullable == "NO" and not now.required:
            yield Mandatory(schema, table, column)
    for (schema, table), names in found.items():
        if schema == RAW_SCHEMA or table in KEPT_FOR_GOOD:
            for name, wanted in declared.get(table, {}).items():
                if name not in names | JSON:
                    yield Missing(schema, table, name, _sql_type(wanted))


def declared_columns() -> Mapping[str, Mapping[str, Column]]:
    """Return the columns of raw tables, and of KEPT_FOR_GOOD, by table and name."""
    tables: dict[str, Iterable[Column]] = {**KEPT_FOR_GOOD}
    for endpoint in ENDPOINTS:
        tables[endpoint.name] = record_columns(endpoint)
        if endpoint.lines:
            tables[endpoint.lines.table] = line_columns(endpoint.lines)
    tables |= {report.name: report.all_columns for report in REPORTS}
    tables |= {REJECTED_RECORDS: REJECTED_COLUMNS, SYNC_WINDOWS: SYNC_WINDOWS_COLUMNS}
    return {table: {column.name: column for column in columns} for table, columns in tables.items()}


def _sql_type(column: Column) -> str:
    kind = column.kind.arrow_type
    if isinstance(kind, pa.Decimal128Type):
        return f"decimal({kind.precision}, {kind.scale})"
    return TYPES[kind]
