"""The plain way: dlt's own rest_api source, configured as its documentation says.

https://dlthub.com/docs/dlt-ecosystem/verified-sources/rest_api/basic: a bearer token, the page_number
paginator with `total_path`, `resource_defaults` with primary key and write disposition, `data_selector`. The
lines of invoices and journals become dlt's child tables. `python -m benchmarks.generic BASE_URL FILE` is a
process that does this, with jsonl.
"""

from __future__ import annotations

import sys
import tempfile
from typing import Any

import dlt
from dlt.common.destination import TLoaderFileFormat
from dlt.sources.rest_api import rest_api_source
from dlt.sources.rest_api.typing import RESTAPIConfig

from benchmarks.emulated import KEY, LISTS, PER_PAGE


def load_lists(base_url: str, warehouse: str, file_format: TLoaderFileFormat | None = None) -> None:
    """Load every list into a DuckDB file; without a file format, with the one dlt chooses for DuckDB."""
    with tempfile.TemporaryDirectory(prefix="generic-") as directory:
        pipeline = dlt.pipeline(
            "generic",
            pipelines_dir=directory,
            destination=dlt.destinations.duckdb(warehouse),
            dataset_name="generic",
        )
        chosen: Any = file_format  # None is the default, though its type does not say so
        pipeline.run(rest_api_source(configuration(base_url)), loader_file_format=chosen)


def configuration(base_url: str) -> RESTAPIConfig:
    """Return the declaration a reader of dlt's documentation would write for AccBooks."""
    return {
        "client": {
            "base_url": base_url,
            "auth": {"type": "bearer", "token": KEY},
            "paginator": {"type": "page_number", "base_page": 1, "total_path": "meta.total_pages"},
        },
        "resource_defaults": {
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {"params": {"per_page": PER_PAGE}, "data_selector": "data"},
        },
        "resources": [*LISTS],
    }


if __name__ == "__main__":
    load_lists(sys.argv[1], sys.argv[2], "jsonl")
