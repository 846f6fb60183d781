"""Collect the windows of one endpoint as Arrow tables, to be loaded together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..api.pages import WindowRead
from ..columns import Column
from ..endpoints import Endpoint
from ..windows import Window
from .arrow_values import texts
from .bulk import type_window
from .merge import (
    Change,
    Replacement,
    Writing,
    any_of,
    in_staging,
    in_windows,
    of_company,
    one_of,
)
from .schemas import (
    Row,
    TypedRecords,
    arrow_table,
    line_columns,
    record_columns,
)
from .sync_windows import COMPLETE, SINGLE_RECORDS, SyncWindow, sync_windows


class Package:
    """Collects an endpoint's windows, and yields tables that replace these windows in the warehouse.

    A record that moved between two windows while they were read appears in both. The later reading is used,
    whether the record is valid or rejected in it.

    `once_undated` are the ids that were rejected without a date, `gone` those that AccBooks no longer has.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        company_id: str,
        once_undated: frozenset[str],
        began_at: dt.datetime | None = None,
        gone: frozenset[str] = frozenset(),
    ) -> None:
        self._began_at = began_at
        self._endpoint = endpoint
        self._company_id = company_id
        self._once_undated = once_undated
        self._gone = gone
        self._windows: list[Window] = []
        self._rows: list[pa.Table] = []
        self._lines: list[pa.Table] = []
        self._single: set[str] = set()
        self._read_in: dict[str, int] = {}
        self._superseded: list[set[str]] = []
        self._without_lines: set[str] = set()
        self.rejected: list[Row] = []
        self.reads: list[Row] = []

    @property
    def records(self) -> int:
        """Return the number of records that will be loaded."""
        return len(self._read_in)

    @property
    def windows(self) -> list[Window]:
        """Return the windows that were read completely."""
        return list(self._windows)

    @property
    def released(self) -> set[str]:
        """Return the ids that were rejected without a date, and now were read again or are gone."""
        rejected = {row["id"] for row in self.rejected}
        return set(self._once_undated & (self._read_in.keys() | rejected | self._gone | self._single))

    @property
    def undated_rejects(self) -> list[str]:
        """Return the ids of rejected records that no window of dates can find again."""
        before = self._once_undated - self.released
        now = {row["id"] for row in self.rejected if row["date"] is None and row["id"] is not None}
        return sorted(before | now)

    def add(self, read: WindowRead, reason: str) -> TypedRecords:
        """Type a window's records and add them."""
        self._windows.append(read.window)
        self.reads.append(self._row_of(read, reason, COMPLETE))
        return self._add(read)

    def add_single(self, read: WindowRead, identifiers: Collection[str], reason: str) -> TypedRecords:
        """Type records that were read by their ids, and add them; of the list they replace only these ids."""
        self._single |= set(identifiers)
        self.reads.append(self._row_of(read, reason, SINGLE_RECORDS))
        return self._add(read)

    def _add(self, read: WindowRead) -> TypedRecords:
        typed = type_window(self._endpoint, self._company_id, read)
        self._superseded.append(set())
        sound = _texts(typed.rows["id"])
        self._supersede(sound | {row["id"] for row in typed.rejected if row["id"] is not None})
        self._rows.append(typed.rows)
        self._read_in |= dict.fromkeys(sound, len(self._rows) - 1)
        self._add_lines(sound, typed.lines)
        self.rejected.extend(typed.rejected)
        return typed

    def _row_of(self, read: WindowRead, reason: str, outcome: str) -> Row:
        """Return the row of sync_windows that says what was read."""
        return SyncWindow(
            company_id=self._company_id,
            resource=self._endpoint.name,
            reason=reason,
            outcome=outcome,
            fetched_at=read.fetched_at,
            window=read.window,
            records=len(read.records),
            pages=read.pages,
            requests=read.requests,
        ).row

    def _supersede(self, identifiers: set[str]) -> None:
        """Drop earlier readings of records that were read again."""
        for identifier in identifiers & self._read_in.keys():
            self._superseded[self._read_in.pop(identifier)].add(identifier)
        self.rejected = [row for row in self.rejected if row["id"] not in identifiers]

    def _add_lines(self, sound: set[str], table: pa.Table | None) -> None:
        if table is None or self._endpoint.lines is None:
            return
        self._lines.append(table)
        self._without_lines |= sound - _texts(table[self._endpoint.lines.parent_key])

    def changes(self, writing: Writing) -> Iterator[Change]:
        """Yield all tables of the endpoint, even empty ones, with what each replaces."""
        endpoint = self._endpoint
        gone = {row["id"] for row in self.rejected if row["id"] is not None}
        key_type = pa.types.is_string(endpoint.columns[0].kind.arrow_type)
        read = in_windows(self._windows)
        also = [one_of("id", gone)] if gone and key_type else []
        # ANEW does not look records up by key, so one that moved here is deleted from its old days
        also += [in_staging("id", self._company_id)] if writing is Writing.ANEW else []
        yield Replacement(
            endpoint.name,
            self._merged(self._rows, "id", record_columns(endpoint)),
            ("company_id", "id"),
            of_company(self._company_id, any_of([read, *also]) if endpoint.dated else self._undated()),
            json=("extra",),
            writing=writing,
        )
        if lines := endpoint.lines:
            key = lines.parent_key
            staged = in_staging(key, self._company_id)
            bare = one_of(key, gone | self._without_lines)
            yield Replacement(
                lines.table,
                self._merged(self._lines, key, line_columns(lines)),
                ("company_id", key, "line_number"),
                of_company(self._company_id, any_of([read, staged, bare])),
                json=("extra",),
                writing=writing,
            )
        yield sync_windows(self.reads, self._began_at)

    def _undated(self) -> str:
        return "1 = 1" if self._windows else one_of("id", self._single)

    def _merged(self, tables: list[pa.Table], key: str, columns: tuple[Column, ...]) -> pa.Table:
        """Join the windows' tables, without records that a later window has again."""
        kept = []
        for table, superseded in zip(tables, self._superseded, strict=True):
            stale = pc.is_in(table[key].cast(pa.string()), value_set=texts(sorted(superseded)))
            kept.append(table.filter(pc.invert(stale)) if superseded else table)
        return pa.concat_tables(kept) if kept else arrow_table(columns, [])


def _texts(identifiers: pa.ChunkedArray[Any]) -> set[str]:
    return {str(identifier) for identifier in identifiers.to_pylist()}
