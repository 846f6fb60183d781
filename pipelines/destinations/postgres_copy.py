"""dlt's PostgreSQL destination, taking Parquet in by COPY.

dlt itself offers INSERT statements, which take several times as long; CSV, where an empty text becomes null;
and Parquet with another driver. COPY's own text format needs no driver and keeps null and empty apart.
"""

from __future__ import annotations

import io
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from accbooks_warehouse.pipelines.destinations.fixed_capabilities import FixedCapabilities
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.client import HasFollowupJobs, LoadJob, RunnableLoadJob
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.destinations.impl.postgres.postgres import PostgresClient
from pyarrow import parquet

ROWS = 10_000
"""Rows turned into text at a time."""
NULL = "\\N"
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
"""What COPY's text format would take for something else, the backslash of the others first."""
TO_ESCAPE = r"[\\\t\n\r]"


def copy_text(batch: pa.RecordBatch) -> bytes:
    """Return rows as COPY's text format writes them, each with its line end."""
    columns: list[Any] = [_texts(column) for column in batch.columns]
    lines = pc.binary_join_element_wise(*columns, "\t", null_handling="replace", null_replacement=NULL)
    return "".join(f"{line}\n" for line in lines.to_pylist()).encode()


def _texts(column: pa.Array[Any]) -> pa.Array[Any]:
    """Return a column as text; only what was text before can hold characters to escape."""
    texts = column.cast(pa.string())
    plain = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not pa.types.is_string(plain) or not pc.any(pc.match_substring_regex(texts, TO_ESCAPE)).as_py():
        return texts
    for character, escape in ESCAPES.items():
        texts = pc.replace_substring(texts, character, escape)
    return texts


class CopyJob(RunnableLoadJob, HasFollowupJobs):
    """Copies one Parquet file into its table, whole or not at all."""

    _job_client: PostgresClient

    def run(self) -> None:
        """Copy batch by batch, in one transaction."""
        client = self._job_client.sql_client
        table = client.make_qualified_table_name(self.load_table_name)
        with parquet.ParquetFile(self._file_path) as file:
            columns = ", ".join(client.escape_column_name(name) for name in file.schema_arrow.names)
            statement = f"COPY {table} ({columns}) FROM STDIN"
            with client.begin_transaction(), client.native_connection.cursor() as cursor:
                for batch in file.iter_batches(ROWS):
                    cursor.copy_expert(statement, io.BytesIO(copy_text(batch)))


class CopyingClient(PostgresClient):
    """dlt's client, with a job for Parquet that needs no other driver."""

    def create_load_job(
        self,
        table: PreparedTableSchema,
        file_path: str,
        load_id: str,
        restore: bool = False,  # noqa: FBT001, FBT002 - as dlt calls it
    ) -> LoadJob:
        """Return the job that loads a file."""
        if ParsedLoadJobFileName.parse(file_path).file_format == "parquet":
            return CopyJob(file_path)
        return super().create_load_job(table, file_path, load_id, restore)


class CopyingPostgres(FixedCapabilities, dlt.destinations.postgres):
    """dlt's destination, with that client; Parquet is there without being looked for."""

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        capabilities = super()._raw_capabilities()
        capabilities.loader_file_format_selector = None  # type: ignore[assignment]
        return capabilities

    @property
    def destination_type(self) -> str:
        """Go by dlt's own name: a warehouse filled by the one can be filled on by the other."""
        return "dlt.destinations.postgres"

    @property
    def client_class(self) -> type[Any]:
        """Return the client."""
        return CopyingClient
