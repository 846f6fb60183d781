"""Give rows the id of their load without importing pandas.

dlt makes the column from a Python list, for which pyarrow asks whether that is a pandas object, and imports
pandas to ask. In a sync of small books this took a twentieth of the processor time.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from dlt.common.libs import pyarrow as dlts

by_dlt = dlts.add_constant_column
"""dlt's own function."""


def add_constant_column(
    item: Any,
    name: str,
    data_type: pa.DataType,
    value: Any = None,
    nullable: bool = True,  # noqa: FBT001, FBT002
    index: int = -1,
    use_dictionary: bool = True,  # noqa: FBT001, FBT002
) -> Any:
    """Return a table with one column more that holds a text in every row, as dlt's own function does."""
    if not isinstance(value, str) or not use_dictionary:
        return by_dlt(item, name, data_type, value, nullable, index, use_dictionary)
    texts = pa.lib.StringBuilder()
    texts.append(value)
    indices = pa.Array.from_buffers(pa.int8(), item.num_rows, [None, pa.py_buffer(bytes(item.num_rows))])
    column = pa.DictionaryArray.from_arrays(indices, texts.finish().cast(data_type))
    field = pa.field(name, column.type, nullable=nullable)
    return item.append_column(field, column) if index == -1 else item.add_column(index, field, column)


def replace_dlts() -> None:
    """Make dlt use this in this process."""
    dlts.add_constant_column = add_constant_column
