"""Type all records of a window at once: Arrow parses their JSON.

The result is always the same as that of the parsers in `columns`. If anything in a window is unusual, even a
single unknown field, `exact` types the window record by record instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as arrow_json

from ..api.pages import RecordJson, WindowRead
from ..base_amounts import surely_fit
from ..columns import DATE, IDENTIFIER, Column
from ..endpoints import Endpoint, Lines
from .arrow_values import bytes_scalar, numbers_up_to, scalar_of
from .exact import type_exactly
from .schemas import EXTRA, LINE_NUMBER, TypedRecords, line_table, record_table

UNSAFE = (
    r"\\u00(00|2[dD]|3[0-9]|[46]5)"
    r'|(["\s:,\[]|\\u00..)[-+]?[0-9.]+[eE]-[0-9]{2,}["\s,\]}]'
)
"""JSON that is not given to Arrow: NUL, which databases cannot store, and negative two-digit exponents.

Arrow reads such a power of ten from a table without checking its bounds, which crashes the process (seen in
26.0). Digits written as escapes are excluded as well.
"""


def type_window(endpoint: Endpoint, company_id: str, read: WindowRead) -> TypedRecords:
    """Type every record of a window; a record with one invalid field or line is rejected completely."""
    try:
        return type_in_bulk(endpoint, company_id, read)
    except (ValueError, pa.ArrowException):
        return type_exactly(endpoint, company_id, read)


def type_in_bulk(endpoint: Endpoint, company_id: str, read: WindowRead) -> TypedRecords:
    """Type a window of ordinary records, exactly as `type_exactly` does.

    Raises ValueError (ArrowInvalid is one) if anything in the window is unusual.
    """
    parsed = _parse(endpoint, read.records)
    rows = _typed(endpoint.columns, parsed)
    lines = endpoint.lines
    items = _typed_lines(lines, rows, parsed) if lines else None
    if endpoint.amounts and not surely_fit(endpoint.amounts, rows, items):
        raise ValueError("an amount in base currency may be too large")
    return TypedRecords(
        record_table(endpoint, company_id, rows),
        line_table(lines, company_id, items) if lines and items is not None else None,
        [],
    )


def _parse(endpoint: Endpoint, records: Sequence[RecordJson]) -> pa.Table:
    """Return the declared fields of the records' JSON, as parsed by Arrow.

    The JSON is parsed as one block, so that no record is split. A record that is not an object is refused: a
    null in its place crashes the process (seen in 26.0).
    """
    text = b"\n".join(records)
    if not _are_objects(text, records):
        raise ValueError("a record is not a JSON object")
    if pc.match_substring_regex(bytes_scalar(text), UNSAFE).as_py():
        raise ValueError("there is a NUL or a tiny number")
    return arrow_json.read_json(
        pa.BufferReader(text),  # type: ignore[arg-type] # the stubs know Python's own files only
        read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(text) + 1),
        parse_options=arrow_json.ParseOptions(
            explicit_schema=_json_schema(endpoint), unexpected_field_behavior="error"
        ),
    )


def _are_objects(text: bytes, records: Sequence[RecordJson]) -> bool:
    """Tell whether all records are JSON objects; checks the joined text if no record spans lines."""
    if text.count(b"\n") == len(records) - 1:
        return text.startswith(b"{") and text.count(b"\n{") == len(records) - 1
    return all(memoryview(record)[0] == ord("{") for record in records)


def _json_schema(endpoint: Endpoint) -> pa.Schema:
    fields = _json_fields(endpoint.columns)
    if lines := endpoint.lines:
        fields.append(pa.field(lines.field, pa.list_(pa.struct(_json_fields(lines.columns)))))
    return pa.schema(fields)


def _json_fields(columns: Iterable[Column]) -> list[pa.Field[Any]]:
    """Return the types to read; dates are read as text first, because Arrow reads a date32 from a number."""
    return [
        pa.field(column.name, pa.string() if column.kind is DATE else column.kind.arrow_type)
        for column in columns
    ]


def _typed(columns: Sequence[Column], parsed: pa.Table) -> pa.Table:
    arrays: dict[str, Any] = {column.name: _checked(column, parsed[column.name]) for column in columns}
    arrays[EXTRA.name] = pa.nulls(parsed.num_rows, pa.string())
    return pa.table(arrays)


def _typed_lines(lines: Lines, rows: pa.Table, parsed: pa.Table) -> pa.Table:
    lists: Any = parsed[lines.field].combine_chunks()
    items: Any = pc.list_flatten(lists)
    parents = pc.list_parent_indices(lists)
    if lists.null_count or items.null_count:
        raise ValueError(f"{lines.field} is not a list of objects")
    typed = _typed(lines.columns, pa.Table.from_struct_array(items))
    positions = numbers_up_to(len(items))
    return (
        typed.append_column(lines.parent_key, rows["id"].take(parents))
        .append_column(LINE_NUMBER.name, pc.subtract(positions, lists.offsets.take(parents)))
        .append_column("date", rows["date"].take(parents))
    )


def _checked(column: Column, values: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
    """Return typed values; raises ValueError if one is missing or the kind's parser would return another."""
    values = values.cast(column.kind.arrow_type)
    if column.kind is IDENTIFIER:
        values = _without_blanks(values)
    if column.is_expected and (values.null_count or _any_empty(column, values)):
        raise ValueError(f"{column.name} is missing")
    if column.kind.bounds and not _within(values, *column.kind.bounds):
        raise ValueError(f"{column.name} is too large")
    if column.kind.longest and not _shorter(values, column.kind.longest):
        raise ValueError(f"{column.name} is too long")
    return values


def _without_blanks(values: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
    """Return identifiers; blank ones become null."""
    nothing, blank = scalar_of(None, pa.string()), scalar_of("", pa.string())
    filled: pa.ChunkedArray[Any] = pc.if_else(pc.equal(values, blank), nothing, values)
    return filled


def _any_empty(column: Column, values: pa.ChunkedArray[Any]) -> bool:
    return column.kind.is_text and bool(pc.any(pc.equal(values, scalar_of("", pa.string()))).as_py())


def _within(values: pa.ChunkedArray[Any], smallest: Any, largest: Any) -> bool:
    extremes = pc.min_max(values)
    low, high = scalar_of(smallest, values.type), scalar_of(largest, values.type)
    within = pc.and_(pc.greater_equal(extremes["min"], low), pc.less_equal(extremes["max"], high))
    return within.as_py() is not False


def _shorter(values: pa.ChunkedArray[Any], longest: int) -> bool:
    return (pc.max(pc.utf8_length(values)).as_py() or 0) <= longest
