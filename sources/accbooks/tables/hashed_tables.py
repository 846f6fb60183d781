"""Compare a warehouse's rows with their row hash, to notice what changed since they were loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ..columns import Column
from ..endpoints import ENDPOINTS
from ..json_text import exact_json, parse_json
from .arrow_values import array_of
from .reports import CURRENCY, REPORTS
from .row_hash import row_hashes
from .schemas import EXTRA, LINE_DATE, LINE_NUMBER


@dataclass(frozen=True)
class HashedTable:
    """A raw table: the columns in its row hash, what identifies a row, and how to read its rows again.

    `resource` is the list or report that the rows come from. `days` are the columns with the first and last
    day to read for a row, which may be the same column; None for a list that is always read completely.
    """

    name: str
    resource: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    days: tuple[str, str] | None
    is_report: bool = False

    def altered(self, rows: Sequence[Sequence[Any]] | pa.Table, hashes: Iterable[str]) -> list[bool]:
        """Tell for each row whether it differs from its hash; values are in the order of `columns`.

        JSON is text, in any database's format, and a timestamp is microseconds since 1970.
        """
        return [stored != hash_of for stored, hash_of in zip(hashes, self._hashes(rows), strict=True)]

    def _hashes(self, rows: Sequence[Sequence[Any]] | pa.Table) -> list[str | None]:
        try:
            arrays: Iterable[Any] = rows.columns if isinstance(rows, pa.Table) else zip(*rows, strict=True)
            values = [self._typed(each, column) for each, column in zip(arrays, self.columns, strict=True)]
            table = pa.table(values, names=[column.name for column in self.columns])
            return row_hashes(self.columns, table).to_pylist()
        except (pa.ArrowException, ValueError, OverflowError):
            if len(rows) > 1:  # one row has a value that cannot have been loaded: find it
                each_row = _rows_of(rows) if isinstance(rows, pa.Table) else rows
                return [each for row in each_row for each in self._hashes([row])]
            return [None]

    def _typed(self, values: Sequence[Any] | pa.ChunkedArray[Any], column: Column) -> Any:
        kind = column.kind.arrow_type
        if isinstance(values, pa.ChunkedArray):
            if column != EXTRA or values.null_count == len(values):
                return values.cast(kind)
            values = values.to_pylist()
        if column == EXTRA:
            values = [None if each is None else exact_json(parse_json(each.encode())) for each in values]
        if pa.types.is_timestamp(kind):
            return pa.chunked_array([array_of(values, pa.int64()).cast(kind)])
        return pa.chunked_array([array_of(values, kind)])


def _rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _tables() -> Iterable[HashedTable]:
    for endpoint in ENDPOINTS:
        days = ("date", "date") if endpoint.dated else None
        yield HashedTable(endpoint.name, endpoint.name, (*endpoint.columns, EXTRA), ("id",), days)
        if lines := endpoint.lines:
            hashed, key = (LINE_DATE, *lines.columns, EXTRA), (lines.parent_key, LINE_NUMBER.name)
            yield HashedTable(lines.table, endpoint.name, hashed, key, days)
    for report in REPORTS:
        first, last = report.date_columns[0], report.date_columns[-1]
        hashed, identity = (CURRENCY, *report.columns), (*report.date_columns, LINE_NUMBER.name)
        yield HashedTable(report.name, report.name, hashed, identity, (first, last), is_report=True)


HASHED_TABLES = tuple(_tables())
