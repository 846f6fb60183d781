"""dlt's filesystem destination, with Delta tables for everything, its own tables included.

Its loads differ from dlt's own in four ways. A scope means the same as in a database, where it may ask for
the rows that are loaded: dlt's merge into Delta takes no such scope. Only what differs is written, into the
files of its companies. A commit that another writer was faster than is tried again. And the state of a
pipeline counts only with its load.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import dlt
import pyarrow as pa
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.destinations import delta_changes
from accbooks_warehouse.pipelines.destinations.delta_tables import (
    LOADS_COLUMNS,
    STATES_COLUMNS,
    VERSIONS_COLUMNS,
    append_rows,
    make_table,
    newest_state,
    newest_version,
)
from dlt.common import json
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.client import StateInfo, StorageSchemaInfo
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.libs.deltalake import deltalake_storage_options
from dlt.common.schema import Schema
from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.common.storages.load_package import load_package_state as current_load_package
from dlt.destinations.impl.filesystem.filesystem import (
    DeltaLoadFilesystemJob,
    FilesystemClient,
    ReferenceFollowupJob,
)

logger = logging.getLogger(__name__)

ATTEMPTS = 20
"""How often to try a commit that others were faster than."""
LONGEST_PAUSE_SECONDS = 2.0


class DeltaJob(DeltaLoadFilesystemJob):
    """Writes the files of a load package into one table, as one commit."""

    _job_client: DeltaClient

    def run(self) -> None:
        """Write; again if another writer was faster. A commit that failed has written nothing."""
        from deltalake.exceptions import CommitFailedError  # noqa: PLC0415 - an extra

        for attempt in range(ATTEMPTS):
            interrupts.check()
            try:
                self._write()
            except CommitFailedError:
                if attempt == ATTEMPTS - 1:
                    raise
                logger.info("Another writer was faster: %s is written again", self.load_table_name)
                time.sleep(random.uniform(0, min(LONGEST_PAUSE_SECONDS, 0.1 * 2**attempt)))  # noqa: S311
            else:
                return

    def _write(self) -> None:
        rows: pa.Table = self.arrow_dataset.to_table()
        client, table = self._job_client, self._load_table
        location = client.get_open_table_location("delta", self.load_table_name)
        if table["write_disposition"] == "merge":
            delta_changes.replace_rows(location, client.storage_options, rows, table)
        else:
            delta_changes.add_rows(location, client.storage_options, rows)


class DeltaClient(FilesystemClient):
    """dlt's client, with that job, and with Delta tables in place of dlt's files of states and loads."""

    @property
    def storage_options(self) -> dict[str, str]:
        """Return what the library of Delta needs to open files."""
        return deltalake_storage_options(self.config.credentials, self.config.deltalake_storage_options)

    def create_dataset(self) -> None:
        """Make the folder; another process, or a table that no load fills, may have made it."""
        self.fs_client.makedirs(self.dataset_path, exist_ok=True)

    @staticmethod
    def get_reference_followup_job_class(table: PreparedTableSchema) -> type[ReferenceFollowupJob] | None:
        """Return the job that writes a table; none for dlt's own tables."""
        return DeltaJob if table.get("table_format") == "delta" else None

    def verify_schema(
        self,
        only_tables: Iterable[str] | None = None,
        new_jobs: Iterable[ParsedLoadJobFileName] | None = None,
    ) -> list[PreparedTableSchema]:
        """Check tables as dlt does for every destination; its checks of merges into Delta are not ours."""
        self._tables_with_jobs = {job.table_name for job in new_jobs or ()}
        verified: list[PreparedTableSchema] = super(FilesystemClient, self).verify_schema(
            only_tables,  # type: ignore[arg-type] # None is dlt's default
            new_jobs,  # type: ignore[arg-type] # as above
        )
        return verified

    def _own(self, name: str) -> str:
        return self.make_remote_url(self.get_table_dir(name)).rstrip("/")

    def _store_current_state(self, load_id: str) -> None:
        document: Any = current_load_package()["state"].get("pipeline_state")
        if document:
            row = {**document, "_dlt_load_id": document.get("_dlt_load_id") or load_id}
            append_rows(self._own(self.schema.state_table_name), self.storage_options, STATES_COLUMNS, [row])

    def _store_load(self, load_id: str) -> None:
        row = {
            "load_id": load_id,
            "schema_name": self.schema.name,
            "status": 0,
            "inserted_at": datetime.now(UTC),
            "schema_version_hash": self.schema.version_hash,
        }
        append_rows(self._own(self.schema.loads_table_name), self.storage_options, LOADS_COLUMNS, [row])

    def get_stored_state(self, pipeline_name: str) -> StateInfo | None:
        """Return the state after the last complete load of a pipeline."""
        found = newest_state(
            self._own(self.schema.state_table_name),
            self._own(self.schema.loads_table_name),
            self.storage_options,
            pipeline_name,
        )
        return StateInfo(**found) if found else None

    def _get_stored_schema_by_hash_or_newest(
        self, version_hash: str | None = None, schema_name: str | None = None
    ) -> StorageSchemaInfo | None:
        place = self._own(self.schema.version_table_name)
        found = newest_version(place, self.storage_options, version_hash, schema_name)
        return StorageSchemaInfo(**found) if found else None

    def _update_schema_in_storage(self, schema: Schema) -> None:
        """Make all tables, as in a database, so that what reads them need not ask; then note the version."""
        for table in schema.data_tables():
            make_table(self._own(str(table["name"])), self.storage_options, table["columns"])
        row = {
            "version": schema.version,
            "engine_version": schema.ENGINE_VERSION,
            "inserted_at": datetime.now(UTC),
            "schema_name": schema.name,
            "version_hash": schema.stored_version_hash,
            "schema": json.dumps(schema.to_dict()),
        }
        append_rows(self._own(schema.version_table_name), self.storage_options, VERSIONS_COLUMNS, [row])


class DeltaDestination(dlt.destinations.filesystem):
    """dlt's destination, with that client."""

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        capabilities = super()._raw_capabilities()
        capabilities.preferred_table_format = "delta"
        capabilities.supported_merge_strategies = ["delete-insert", "upsert", "insert-only", "cdc"]
        return capabilities

    @property
    def destination_type(self) -> str:
        """Return dlt's own name, which pipelines save in their state."""
        return "dlt.destinations.filesystem"

    @property
    def client_class(self) -> type[Any]:
        """Return the client."""
        return DeltaClient
