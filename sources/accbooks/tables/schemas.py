"""Arrow tables of records: the columns of each table, and the typed records of a window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ..columns import DATE, IDENTIFIER, INTEGER, TEXT, TIMESTAMP, Column
from ..endpoints import Endpoint, Lines
from .arrow_values import array_of, scalar_of
from .row_hash import row_hashes

Row = dict[str, Any]

COMPANY_ID = Column("company_id", TEXT, required=True)
EXTRA = Column("extra", TEXT)
UNREADABLE = "_unreadable"
"""The key in `extra` for the original values of declared fields that are invalid."""
ROW_HASH = Column("row_hash", TEXT, required=True)
LINE_NUMBER = Column("line_number", INTEGER, required=True)
LINE_DATE = Column("date", DATE, required=True)

REJECTED_COLUMNS = (
    COMPANY_ID,
    Column("resource", TEXT, required=True),
    Column("id", TEXT),
    Column("date", DATE),
    Column("reason", TEXT, required=True),
    Column("record", TEXT),
    Column("from", DATE),
    Column("to", DATE),
    Column("fetched_at", TIMESTAMP),
    ROW_HASH,
)


@dataclass(frozen=True)
class TypedRecords:
    """The typed records of a window: a table of records, a table of lines, and rows of rejected records.

    The tables have the columns of `record_columns` and `line_columns`. `lines` is None if the endpoint has no
    lines.
    """

    rows: pa.Table
    lines: pa.Table | None
    rejected: list[Row]


def record_columns(endpoint: Endpoint) -> tuple[Column, ...]:
    """Return all columns of an endpoint's table."""
    return (COMPANY_ID, *typed_columns(endpoint), ROW_HASH)


def typed_columns(endpoint: Endpoint) -> tuple[Column, ...]:
    """Return the columns with a record's content: its fields, and `extra`."""
    return (*endpoint.columns, EXTRA)


def line_columns(lines: Lines) -> tuple[Column, ...]:
    """Return all columns of the table of an endpoint's lines; `date` is the parent's."""
    return (COMPANY_ID, *typed_line_columns(lines), ROW_HASH)


def typed_line_columns(lines: Lines) -> tuple[Column, ...]:
    """Return the columns with a line's content: its key, the parent's date, its fields."""
    key = (Column(lines.parent_key, IDENTIFIER, required=True), LINE_NUMBER)
    return (*key, LINE_DATE, *lines.columns, EXTRA)


def record_table(endpoint: Endpoint, company_id: str, typed: pa.Table) -> pa.Table:
    """Return an endpoint's table from its `typed_columns`.

    The row hash covers these columns, but neither the company nor the record's lines.
    """
    return _owned(record_columns(endpoint), typed_columns(endpoint), company_id, typed)


def line_table(lines: Lines, company_id: str, typed: pa.Table) -> pa.Table:
    """Return the table of lines from its `typed_line_columns`.

    The row hash covers these columns except the key, by which a load finds the row.
    """
    return _owned(line_columns(lines), (LINE_DATE, *lines.columns, EXTRA), company_id, typed)


def _owned(
    columns: tuple[Column, ...], hashed: tuple[Column, ...], company_id: str, typed: pa.Table
) -> pa.Table:
    arrays: dict[str, Any] = dict(zip(typed.column_names, typed.columns, strict=True))
    arrays["company_id"] = pa.repeat(scalar_of(company_id, pa.string()), typed.num_rows)
    arrays["row_hash"] = row_hashes(hashed, typed)
    return pa.table([arrays[column.name] for column in columns], schema=arrow_schema(columns))


def with_row_hash(table: pa.Table, hashed: Sequence[Column]) -> pa.Table:
    """Return a table with a row hash of some of its columns."""
    return table.append_column(arrow_schema([ROW_HASH]).field(0), row_hashes(hashed, table))


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """Return the Arrow schema of columns; required ones are not nullable."""
    return pa.schema(
        [pa.field(column.name, column.kind.arrow_type, nullable=not column.required) for column in columns]
    )


def arrow_table(columns: Iterable[Column], rows: Sequence[Row]) -> pa.Table:
    """Return rows as an Arrow table; missing values are null."""
    schema = arrow_schema(columns)
    return pa.table(
        [array_of([row.get(field.name) for row in rows], field.type) for field in schema], schema=schema
    )
