"""Type records one by one; an invalid record is quarantined with the reason and its JSON.

An invalid field that does not affect the ledger quarantines no record: it becomes null, and `extra` has its
value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..api.pages import WindowRead
from ..columns import DATE, IDENTIFIER, Column
from ..endpoints import Endpoint, Lines
from ..json_text import exact_json, parse_json, storable
from .row_hash import json_hash
from .schemas import (
    UNREADABLE,
    Row,
    TypedRecords,
    arrow_table,
    line_table,
    record_table,
    typed_columns,
    typed_line_columns,
)

MISSING = "is missing"


def type_exactly(endpoint: Endpoint, company_id: str, read: WindowRead) -> TypedRecords:
    """Type every record of a window; a record with one invalid field or line is rejected completely."""
    typed = _Typed(endpoint, company_id, read)
    for text in read.records:
        typed.add(text)
    return typed.tables()


def type_record(endpoint: Endpoint, record: Any) -> tuple[Row, list[Row]]:
    """Return the record's fields and those of its lines, with `extra`.

    A line's row also has its key and its parent's date. Raises ValueError, which names the field and the
    fault, if an invalid field affects the ledger.
    """
    if not isinstance(record, dict):
        raise ValueError(f"is not a JSON object: {record!r}")
    lines = endpoint.lines
    row, unreadable = _typed_fields(endpoint.columns, record, endpoint.unposted)
    items: list[Row] = []
    if lines:
        listed = record.get(lines.field)
        try:
            items = _typed_lines(lines, row, listed)
        except ValueError:
            if lines.post(row):
                raise
            unreadable |= {} if listed is None else {lines.field: listed}
    row["extra"] = _extra(record, {*row, lines.field} if lines else {*row}, unreadable)
    if endpoint.amounts:
        endpoint.amounts.check(row, items)
    return row, items


@dataclass
class _Typed:
    """The records of a window that are typed or rejected so far."""

    endpoint: Endpoint
    company_id: str
    read: WindowRead
    rows: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)

    def add(self, text: bytes) -> None:
        """Add a record; one that Python cannot parse, or nested too deeply, is kept as text."""
        try:
            self._add(parse_json(text))
        except (ValueError, RecursionError) as error:
            self._reject(str(text, "utf-8"), f"cannot be read ({error})")

    def _add(self, record: Any) -> None:
        try:
            row, lines = type_record(self.endpoint, record)
        except ValueError as error:
            self._reject(record, str(error))
        else:
            self.rows.append(row)
            self.lines.extend(lines)

    def _reject(self, record: Any, reason: str) -> None:
        fields = record if isinstance(record, dict) else {}
        self.rejected.append(
            {
                "company_id": self.company_id,
                "resource": self.endpoint.name,
                "id": _or_none(IDENTIFIER.parse, fields.get("id")),
                "date": _or_none(DATE.parse, fields.get("date")),
                "reason": reason.encode("ascii", "backslashreplace").decode(),
                "record": exact_json(storable(record)),
                "from": self.read.window.start,
                "to": self.read.window.end,
                "fetched_at": self.read.fetched_at,
                "row_hash": json_hash([self.endpoint.name, record]),
            }
        )

    def tables(self) -> TypedRecords:
        """Return the tables of the records added."""
        rows = record_table(
            self.endpoint, self.company_id, arrow_table(typed_columns(self.endpoint), self.rows)
        )
        if (lines := self.endpoint.lines) is None:
            return TypedRecords(rows, None, self.rejected)
        line_rows = arrow_table(typed_line_columns(lines), self.lines)
        return TypedRecords(rows, line_table(lines, self.company_id, line_rows), self.rejected)


def _typed_lines(lines: Lines, parent: Row, items: Any) -> list[Row]:
    if not isinstance(items, list):
        raise ValueError(f"{lines.field} is not a list")
    unposted = frozenset() if lines.post(parent) else frozenset(column.name for column in lines.columns)
    rows = []
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            raise ValueError(f"{lines.field} {number} is not a JSON object: {item!r}")
        try:
            fields, unreadable = _typed_fields(lines.columns, item, lambda _: unposted)
        except ValueError as error:
            raise ValueError(f"{lines.field} {number}: {error}") from None
        fields["extra"] = _extra(item, set(fields), unreadable)
        key = {lines.parent_key: parent["id"], "line_number": number}
        rows.append({**key, "date": parent["date"], **fields})
    return rows


def _typed_fields(
    columns: tuple[Column, ...], record: Mapping[str, Any], unposted: Callable[[Row], frozenset[str]]
) -> tuple[Row, Row]:
    """Return the declared fields, and the original values of those that are null because they are invalid."""
    row: Row = dict.fromkeys(column.name for column in columns)
    faults: dict[str, str] = {}
    for column in columns:
        try:
            row[column.name] = _typed(column, record.get(column.name))
        except ValueError as error:
            faults[column.name] = str(error)
    needless = unposted(row)
    for column in columns:
        posts = column.posts and column.name not in needless
        if column.name in faults and (column.required or posts):
            raise ValueError(f"{column.name} {faults[column.name]}")
    return row, {name: record[name] for name, fault in faults.items() if fault != MISSING}


def _extra(record: Mapping[str, Any], known: set[str], unreadable: Row) -> str | None:
    """Return the JSON of the fields that are not declared and of invalid values; None if there are none."""
    extra = {name: value for name, value in record.items() if name not in known}
    if UNREADABLE in extra:  # a field of AccBooks' with the same name
        unreadable |= {UNREADABLE: extra[UNREADABLE]}
    if unreadable:
        extra[UNREADABLE] = unreadable
    return exact_json(storable(extra)) if extra else None


def _typed(column: Column, value: Any) -> Any:
    """Return a field's value; a blank identifier becomes None."""
    if value is None or (value == "" and (column.is_expected or column.kind is IDENTIFIER)):
        if column.is_expected:
            raise ValueError(MISSING)
        return None
    return column.kind.parse(value)


def _or_none(parse: Callable[[Any], Any], value: Any) -> Any:
    try:
        return None if value is None else parse(value)
    except ValueError:
        return None
