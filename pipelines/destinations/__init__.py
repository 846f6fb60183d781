"""The warehouse that dlt loads into and dbt builds in. Everything specific to a database is in here.

A module is a database, or something several have in common: locks, widening, clients. This package imports
the source (for column types) and the modules beside it, such as `errors`, but none of the other packages.
"""

from __future__ import annotations

from accbooks_warehouse.pipelines.destinations.base import (
    CONFIGURED_COMPANIES,
    MODELS,
    RAW,
    RUN_LOADS,
    RUNS,
    STAGING,
    VAT_SCHEMES,
    Rows,
    Warehouse,
    identifier,
    placeholders,
)
from accbooks_warehouse.pipelines.destinations.bookkeeping import (
    Memory,
    StoredPipeline,
    remember_together,
    store_states,
    stored_pipeline,
)
from accbooks_warehouse.pipelines.destinations.configured import Configured
from accbooks_warehouse.pipelines.destinations.database_errors import (
    LOCKED,
    causes,
    is_database_error,
    is_outside_error,
)
from accbooks_warehouse.pipelines.destinations.duckdb import DEFAULT_FILE, DuckDB, default_file
from accbooks_warehouse.pipelines.destinations.lakehouse import Lakehouse
from accbooks_warehouse.pipelines.destinations.opening import open_warehouse
from accbooks_warehouse.pipelines.destinations.postgres import Postgres
from accbooks_warehouse.pipelines.destinations.postgres_address import with_password
from accbooks_warehouse.pipelines.destinations.stored_companies import (
    has_rows_of,
    is_company_stored,
    resource_states,
    stored_company_ids,
)
from accbooks_warehouse.pipelines.destinations.together import MEMBERS, by_member, sql_of

__all__ = [
    "CONFIGURED_COMPANIES",
    "DEFAULT_FILE",
    "LOCKED",
    "MEMBERS",
    "MODELS",
    "RAW",
    "RUNS",
    "RUN_LOADS",
    "STAGING",
    "VAT_SCHEMES",
    "Configured",
    "DuckDB",
    "Lakehouse",
    "Memory",
    "Postgres",
    "Rows",
    "StoredPipeline",
    "Warehouse",
    "by_member",
    "causes",
    "default_file",
    "has_rows_of",
    "identifier",
    "is_company_stored",
    "is_database_error",
    "is_outside_error",
    "open_warehouse",
    "placeholders",
    "remember_together",
    "resource_states",
    "sql_of",
    "store_states",
    "stored_company_ids",
    "stored_pipeline",
    "with_password",
]
