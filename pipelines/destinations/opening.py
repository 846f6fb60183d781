"""Opens the configured warehouse: reads the settings of `destination` that say where it is."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import dlt
from accbooks_warehouse.pipelines.destinations.base import Warehouse
from accbooks_warehouse.pipelines.destinations.configured import Configured
from accbooks_warehouse.pipelines.destinations.duckdb import (
    DEFAULT_FILE,
    FORMER_DEFAULT_IS_USED,
    MEMORY,
    DuckDB,
    default_file,
)
from accbooks_warehouse.pipelines.destinations.lakehouse import PACKAGES, Lakehouse
from accbooks_warehouse.pipelines.destinations.postgres import Postgres
from accbooks_warehouse.pipelines.destinations.postgres_address import FORM
from accbooks_warehouse.sources.accbooks import ConfigurationError


def open_warehouse(name: str) -> Warehouse:
    """Return the configured warehouse called `name`; raises ConfigurationError if there is none."""
    if name == Lakehouse.name:
        return _lakehouse()
    if name not in {DuckDB.name, Postgres.name}:
        return Configured(name)
    if name == DuckDB.name:
        # a path is not secret, so it may be in either file
        path: Any = dlt.config.get("destination.duckdb.credentials")
        limit = dlt.config.get("destination.duckdb.memory_limit", str) or MEMORY
        warehouse = DuckDB(str(path or default_file()), limit)
        warehouse.notice = None if path or default_file() == DEFAULT_FILE else FORMER_DEFAULT_IS_USED
        return warehouse
    credentials: Any = dlt.secrets.get("destination.postgres.credentials")
    if not credentials:
        raise ConfigurationError(
            "There are no credentials for PostgreSQL. Set destination.postgres.credentials in "
            f".dlt/secrets.toml, as {FORM}."
        )
    return Postgres(credentials)


def _lakehouse() -> Lakehouse:
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            "The lakehouse needs packages that are not installed: pip install 'accbooks-warehouse[spark]'. "
            f"(Missing: {', '.join(missing)}.)"
        )
    bucket_url: Any = dlt.config.get("destination.lakehouse.bucket_url")
    if not bucket_url:
        raise ConfigurationError(
            "There is no place for the lakehouse. Set destination.lakehouse.bucket_url in .dlt/config.toml, "
            "as the path of a folder, or as s3://BUCKET/FOLDER."
        )
    return Lakehouse(str(bucket_url))
