"""dlt's PostgreSQL destination, which loads Parquet by ADBC, a row group at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dlt
from accbooks_warehouse.pipelines.destinations.fixed_capabilities import FixedCapabilities
from accbooks_warehouse.pipelines.destinations.postgres_address import readable_by_libpq
from adbc_driver_manager.dbapi import Connection
from adbc_driver_postgresql import dbapi
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.client import LoadJob
from dlt.common.destination.typing import PreparedTableSchema
from dlt.destinations.impl.postgres.postgres import PostgresClient, PostgresParquetCopyJob

BUILT_IN_TYPES = {"adbc.postgresql.type_resolver_mode": "builtin"}
"""Keeps the driver from querying the types of every column in the database for each connection."""


class RowGroupsJob(PostgresParquetCopyJob):
    """Loads one Parquet file into its table, completely or not at all.

    dlt's own job reads the whole file into memory, and fails if the file has no rows. This one runs in its
    own thread, because in the main thread ADBC would handle the signals itself.
    """

    _ingest_per_rowgroup = True
    _job_client: PostgresClient

    def run(self) -> None:
        """Load the file in a thread of its own."""
        with ThreadPoolExecutor(1) as thread:
            thread.submit(super().run).result()

    def _connect(self) -> Connection:
        address = readable_by_libpq(self._job_client.config.credentials.to_native_representation())
        connection: Connection = dbapi.connect(address, db_kwargs=BUILT_IN_TYPES)
        return connection


class RowGroupsClient(PostgresClient):
    """dlt's client, with that job for Parquet."""

    def create_load_job(
        self,
        table: PreparedTableSchema,
        file_path: str,
        load_id: str,
        restore: bool = False,  # noqa: FBT001, FBT002 - as dlt calls it
    ) -> LoadJob:
        """Return the job that loads a file."""
        job = super().create_load_job(table, file_path, load_id, restore)
        return RowGroupsJob(file_path) if isinstance(job, PostgresParquetCopyJob) else job


class PostgresDestination(FixedCapabilities, dlt.destinations.postgres):
    """dlt's destination, with that client; it does not look for the driver before each table."""

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        capabilities = super()._raw_capabilities()
        capabilities.loader_file_format_selector = None  # type: ignore[assignment]
        return capabilities

    @property
    def destination_type(self) -> str:
        """Return dlt's own name, which pipelines save in their state."""
        return "dlt.destinations.postgres"

    @property
    def client_class(self) -> type[Any]:
        """Return the client."""
        return RowGroupsClient
