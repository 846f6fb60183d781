"""The row hash, by which a load recognises changed rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..columns import Column, Kind
from ..json_text import exact_json
from .arrow_values import bytes_scalar, texts

SEPARATOR, NULL = b"\xff", b"\xfe"
"""Bytes that never occur in UTF-8, so that different rows never give the same text."""

DIGEST_BYTES = 16


def row_hashes(columns: Sequence[Column], table: pa.Table) -> pa.StringArray:
    """Return a digest of each row's values in `columns`, as 32 hexadecimal digits.

    Values are hashed as typed: 10 and 10.00 are equal, and the order of a JSON object's keys does not matter.
    Every digest changes if the name or kind of a column does.
    """
    declared = ",".join(f"{column.name}:{column.kind.hashed_as or column.kind.name}" for column in columns)
    declaration = hashlib.blake2b(declared.encode(), digest_size=DIGEST_BYTES).digest()
    columns_as_text = [_binary_text(table[column.name], column.kind) for column in columns]
    parts: list[Any] = [*columns_as_text, bytes_scalar(SEPARATOR).cast(pa.binary())]
    rows = pc.binary_join_element_wise(  # type: ignore[call-overload] # the stubs replace nulls by text only
        *parts, null_handling="replace", null_replacement=NULL
    )
    beginning = hashlib.blake2b(digest_size=DIGEST_BYTES, person=declaration)
    return texts(_digest(beginning.copy(), row) for row in rows.to_pylist())


def json_hash(value: Any) -> str:
    """Return a digest of JSON that could not be typed; the order of an object's keys does not matter."""
    return _digest(hashlib.blake2b(digest_size=DIGEST_BYTES), exact_json(value).encode())


def _digest(beginning: hashlib.blake2b, content: bytes) -> str:
    beginning.update(content)
    return beginning.hexdigest()


def _binary_text(values: pa.ChunkedArray[Any], kind: Kind) -> pa.ChunkedArray[Any]:
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    texts = values.cast(pa.string())
    if kind.hashed_places is not None:
        texts = _shortened(values, texts, kind.hashed_places)
    return texts.cast(pa.binary())


def _shortened(values: pa.ChunkedArray[Any], texts: Any, places: int) -> Any:
    """Return decimals as text, with `places` decimals unless a value needs more."""
    fewer = values.cast(pa.decimal128(values.type.precision, places), safe=False)
    return pc.if_else(pc.equal(fewer.cast(values.type), values), fewer.cast(pa.string()), texts)
