"""Records to Arrow: each one typed whole, or quarantined whole with its reason and its JSON."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import simplejson

from sources.accbooks.columns import DATE, INTEGER, TEXT, TIMESTAMP, Column
from sources.accbooks.endpoints import Endpoint, Lines
from sources.accbooks.pages import WindowRead

Row = dict[str, Any]

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What JSON may hold and the JSON columns of databases refuse: NUL and surrogates without their partner."""

COMPANY_ID = Column("company_id", TEXT, required=True)
EXTRA = Column("extra", TEXT)
ROW_HASH = Column("row_hash", TEXT, required=True)

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
    """What the records of some windows became: rows, rows of their lines, and rows of those rejected."""

    rows: list[Row]
    lines: list[Row]
    rejected: list[Row]


def type_window(endpoint: Endpoint, company_id: str, read: WindowRead) -> TypedRecords:
    """Type every record of a window; a record with one bad field or line is rejected as a whole."""
    typed = TypedRecords([], [], [])
    for record in read.records:
        try:
            row, lines = type_record(endpoint, company_id, record)
        except ValueError as error:
            typed.rejected.append(_rejected(endpoint, company_id, record, str(error), read))
        else:
            typed.rows.append(row)
            typed.lines.extend(lines)
    return typed


def type_record(endpoint: Endpoint, company_id: str, record: Any) -> tuple[Row, list[Row]]:
    """Return the record's row and the rows of its lines; raises ValueError naming the field and the fault."""
    if not isinstance(record, dict):
        raise ValueError(f"is not a JSON object: {record!r}")
    lines = endpoint.lines
    known = {lines.field} if lines else set()
    row = {"company_id": company_id, **_typed_fields(endpoint.columns, record, known)}
    line_rows = _typed_lines(lines, company_id, row, record.get(lines.field)) if lines else []
    row["row_hash"] = row_hash(endpoint.columns, record)
    return row, line_rows


def _typed_lines(lines: Lines, company_id: str, parent: Row, items: Any) -> list[Row]:
    if not isinstance(items, list):
        raise ValueError(f"{lines.field} is not a list")
    rows = []
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            raise ValueError(f"{lines.field} {number} is not a JSON object: {item!r}")
        try:
            fields = _typed_fields(lines.columns, item, set())
        except ValueError as error:
            raise ValueError(f"{lines.field} {number}: {error}") from None
        key = {"company_id": company_id, lines.parent_key: parent["id"], "line_number": number}
        digest = row_hash(lines.columns, [parent["date"].isoformat(), item])
        rows.append({**key, "date": parent["date"], **fields, "row_hash": digest})
    return rows


def _typed_fields(columns: tuple[Column, ...], record: Mapping[str, Any], known: set[str]) -> Row:
    row = {column.name: _typed(column, record.get(column.name)) for column in columns}
    unknown = {name: value for name, value in record.items() if name not in row and name not in known}
    row["extra"] = exact_json(storable(unknown)) if unknown else None
    return row


def _typed(column: Column, value: Any) -> Any:
    if value is None or (column.required and value == ""):
        if column.required:
            raise ValueError(f"{column.name} is missing")
        return None
    try:
        return column.kind.parse(value)
    except ValueError as error:
        raise ValueError(f"{column.name} {error}") from None


def _rejected(endpoint: Endpoint, company_id: str, record: Any, reason: str, read: WindowRead) -> Row:
    fields = record if isinstance(record, dict) else {}
    return {
        "company_id": company_id,
        "resource": endpoint.name,
        "id": _or_none(TEXT.parse, fields.get("id")),
        "date": _or_none(DATE.parse, fields.get("date")),
        "reason": reason.encode("ascii", "backslashreplace").decode(),
        "record": exact_json(storable(record)),
        "from": read.window.start,
        "to": read.window.end,
        "fetched_at": read.fetched_at,
        "row_hash": row_hash((), [endpoint.name, record]),
    }


def _or_none(parse: Callable[[Any], Any], value: Any) -> Any:
    try:
        return None if value is None else parse(value)
    except ValueError:
        return None


def exact_json(value: Any) -> str:
    """Write JSON as it came: decimals digit by digit, in ASCII, keys sorted."""
    text: str = simplejson.dumps(value, use_decimal=True, ensure_ascii=True, sort_keys=True)
    return text


def storable(value: Any) -> Any:
    """Return JSON that every database takes: a character it would refuse is spelled out."""
    match value:
        case str():
            return UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
        case dict():
            return {storable(name): storable(each) for name, each in value.items()}
        case list():
            return [storable(each) for each in value]
    return value


def row_hash(columns: Iterable[Column], value: Any) -> str:
    """Return a digest that changes when the JSON changes, or the way these columns read it."""
    declared = ",".join(f"{column.name}:{column.kind.name}" for column in columns)
    return hashlib.blake2b(f"{declared}\n{exact_json(value)}".encode(), digest_size=16).hexdigest()


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """Return the Arrow schema of declared columns; required ones are not nullable."""
    return pa.schema(
        [pa.field(column.name, column.kind.arrow_type, nullable=not column.required) for column in columns]
    )


def record_columns(endpoint: Endpoint) -> tuple[Column, ...]:
    """Return all columns of an endpoint's table."""
    return (COMPANY_ID, *endpoint.columns, EXTRA, ROW_HASH)


def line_columns(lines: Lines) -> tuple[Column, ...]:
    """Return all columns of the table of an endpoint's lines; `date` is the parent's."""
    key = (Column(lines.parent_key, TEXT, required=True), Column("line_number", INTEGER, required=True))
    date = Column("date", DATE, required=True)
    return (COMPANY_ID, *key, date, *lines.columns, EXTRA, ROW_HASH)


def arrow_table(columns: Iterable[Column], rows: list[Row]) -> pa.Table:
    """Return rows as an Arrow table, empty if there are none; missing values are null."""
    return pa.Table.from_pylist(rows, schema=arrow_schema(columns))
