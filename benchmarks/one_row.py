"""The least a load by dlt can cost: `python -m benchmarks.one_row FILE` loads one row into a DuckDB file."""

from __future__ import annotations

import sys
from pathlib import Path

import dlt


def load_one_row(warehouse: Path) -> None:
    """Load one row as the page of dlt's documentation begins: a pipeline, a destination, a list."""
    pipeline = dlt.pipeline(
        "one_row",
        pipelines_dir=str(warehouse.parent / "pipelines"),
        destination=dlt.destinations.duckdb(str(warehouse)),
        dataset_name="loaded",
    )
    pipeline.run([{"id": 1}], table_name="rows")


if __name__ == "__main__":
    load_one_row(Path(sys.argv[1]))
