"""A model as Parquet: typed columns, decimals as decimals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from accbooks_warehouse.pipelines.export.columns import Column


def write_parquet(
    file: BinaryIO, columns: Sequence[Column], frames: Iterable[pd.DataFrame], descriptions: Mapping[str, str]
) -> int:
    """Write each frame as a row group; returns how many rows there were. Columns carry their descriptions."""
    schema = pa.schema(
        [
            pa.field(each.name, each.arrow, metadata={"description": descriptions.get(each.name, "")})
            for each in columns
        ]
    )
    rows = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for frame in frames:
            arrays = [pa.array(frame[field.name], field.type, from_pandas=True) for field in schema]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            rows += len(frame)
    return rows
