"""Make Arrow arrays and scalars of Python values, without importing pandas.

`pyarrow.array` and `pyarrow.scalar` ask whether their argument is a pandas object, for which pyarrow imports
pandas: a tenth of the time of a sync in which nothing changed. Here values are written as text, which Arrow
casts to their type. Arrow reads exactly what Python wrote, or refuses it.
"""

from __future__ import annotations

import array
import datetime as dt
import struct
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

FEW = 3_000
"""The most values to write as text. Importing pandas takes as long as writing some 300,000."""


def texts(values: Iterable[str | None]) -> pa.StringArray:
    """Return an array of text; None becomes null."""
    builder = pa.lib.StringBuilder()
    for value in values:
        builder.append(value)
    array: pa.StringArray = builder.finish()
    return array


def array_of(values: Sequence[Any], kind: pa.DataType) -> Any:
    """Return an array of a type that a column may have; raises ArrowInvalid or ValueError if one misfits.

    Many values are given to pyarrow itself: it reads them faster than text is written.
    """
    if len(values) > FEW:
        return pa.array(values, kind)
    return texts(None if value is None else _text(value) for value in values).cast(kind)


def scalar_of(value: Any, kind: pa.DataType) -> Any:
    """Return a scalar of a type that a column may have."""
    return array_of([value], kind)[0]


def numbers_up_to(last: int) -> Any:
    """Return an array of the integers from 1 to `last`."""
    numbers = array.array("q", range(1, last + 1))
    return pa.Array.from_buffers(pa.int64(), last, [None, pa.py_buffer(numbers)])


def bytes_scalar(value: bytes) -> Any:
    """Return a scalar of large_binary; the bytes are not copied."""
    offsets = pa.py_buffer(struct.pack("=qq", 0, len(value)))
    return pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, pa.py_buffer(value)])[0]


def _text(value: Any) -> str:
    """Write a value so that Arrow reads the same one."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case dt.date():
            return value.isoformat()
    return str(value)
