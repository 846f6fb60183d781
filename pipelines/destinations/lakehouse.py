"""A warehouse of Delta tables in a folder or a bucket, asked through an engine with Spark's SQL.

dlt writes the raw tables, the engine everything else. Each statement is one commit, and there are no
transactions over several tables: what makes others count, such as the row of a load, is written last.
"""

from __future__ import annotations

import hashlib
import logging
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import platformdirs
import pyarrow as pa
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.destinations.base import MODELS, RAW, STAGING, Rows, Warehouse
from accbooks_warehouse.pipelines.destinations.lake import Lake
from accbooks_warehouse.pipelines.destinations.lake_catalog import LakeCatalog
from accbooks_warehouse.pipelines.destinations.locks import file_lock, lock_file
from accbooks_warehouse.pipelines.destinations.spark_engine import SparkEngine
from accbooks_warehouse.pipelines.destinations.spark_sql import spark_sql
from accbooks_warehouse.pipelines.destinations.widening import Missing
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.sources.accbooks import ConfigurationError
from dlt.common.destination import Destination

logger = logging.getLogger(__name__)

FASTER_WRITER = re.compile("Failed to commit transaction|Missing commit file|concurrent", re.IGNORECASE)
"""What the engine says if another writer committed to the table first; it has written nothing then."""
PACKAGES = ("deltalake", "pysail", "pyspark", "dbt.adapters.spark")
"""What the extra `spark` installs."""
ATTEMPTS = 20
LONGEST_PAUSE_SECONDS = 2.0
DELTA_TYPES: Mapping[str, str] = {
    "text": "string",
    "bigint": "long",
    "decimal": "decimal(38,9)",
    "bool": "boolean",
}
"""Delta's names of dlt's types, where they differ."""


class Lakehouse(Warehouse):
    """Delta tables at a URL, or in a local folder."""

    name = "lakehouse"

    def __init__(self, bucket_url: str) -> None:
        super().__init__()
        self._lake = Lake(bucket_url)
        self._engine = SparkEngine(self._lake)
        self._catalog = LakeCatalog(self._lake, self._engine)

    def describe(self) -> str:
        """Return the folder's path, or the URL."""
        return f"lakehouse {self._lake.folder if self._lake.is_local else self._lake.url}"

    def exists(self) -> bool:
        """Tell whether there is anything at the URL."""
        return self._lake.exists()

    @property
    def dbt_target(self) -> str:
        """Return the name of dbt's target."""
        return "spark"

    def dbt_environment(self) -> Mapping[str, str]:
        """Start the engine, and return where it is: its session knows all tables and views then."""
        with self.explaining():
            self._engine.lend_session()
            self._catalog.register_all()
        return {"ACCBOOKS_SPARK": self._engine.address, "ACCBOOKS_LAKE": self._lake.url}

    def parsing_environment(self) -> Mapping[str, str]:
        """Return an address and a place that stand for all."""
        return {"ACCBOOKS_SPARK": "sc://localhost", "ACCBOOKS_LAKE": "file:///lakehouse"}

    def built(self, relations: Mapping[tuple[str, str], str | None]) -> None:
        """Keep the SQL of views for later sessions of the engine."""
        with self.explaining():
            self._catalog.keep_views(relations)

    def release(self) -> None:
        """Read the tables' columns again: dbt may have changed them."""
        self._catalog.forget_columns()

    def lock(self, name: str, *, wait: bool = False) -> AbstractContextManager[None]:
        """Lock a file: in the folder itself, or, for a bucket, in the user's folder of this machine."""
        return file_lock(lock_file(self._locks_folder(), name), name, wait=wait)

    def _locks_folder(self) -> Path:
        if self._lake.is_local:
            folder = self._lake.folder / ".locks"
        else:
            digest = hashlib.blake2b(self.describe().encode(), digest_size=8).hexdigest()
            folder = platformdirs.user_state_path("accbooks") / "locks" / digest
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Do nothing: there is no connection to keep open."""
        yield

    def handed_over(self) -> AbstractContextManager[None]:
        """Do nothing, as above."""
        return nullcontext()

    def destination(self, staging_layout: str, *, loading: bool) -> Destination[Any, Any]:  # noqa: ARG002 - no limits are known
        """Return dlt's filesystem destination, which writes Delta tables."""
        from accbooks_warehouse.pipelines.destinations.delta_destination import (  # noqa: PLC0415 - an extra
            DeltaDestination,
        )

        self._catalog.forget_columns()
        return DeltaDestination(
            bucket_url=self._lake.url,
            destination_name=self.name,
            staging_dataset_name_layout=staging_layout,
        )

    def open(self) -> None:
        """Make the folder, and start the engine."""
        with self.explaining():
            self._lake.create()
        super().open()

    def check_access(self) -> None:
        """Check that the place can be read, and that the engine starts; creates nothing."""
        with self.explaining():
            self._lake.exists()
        super().open()

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of one query, with `%s` for each parameter."""
        return _rows(self._answer(sql, parameters))

    def _answer(self, sql: str, parameters: Sequence[Any]) -> pa.Table:
        with self.explaining():
            return self._engine.table(self._catalog.prepared(spark_sql(sql, parameters)))

    def execute(self, sql: str, *parameters: Any) -> None:
        """Run one statement that changes something; again if another writer was faster."""
        statement = spark_sql(sql, parameters)
        if self._catalog.defines(statement):
            return
        with self.explaining(), self.lock("statements", wait=True):
            statement = self._catalog.prepared(statement)
            for attempt in range(ATTEMPTS):
                try:
                    self._engine.run(statement)
                except Exception as error:
                    interrupts.check()
                    if attempt == ATTEMPTS - 1 or not FASTER_WRITER.search(str(error)):
                        raise
                    logger.info("Another writer was faster: a statement is run again", exc_info=True)
                    time.sleep(random.uniform(0, min(LONGEST_PAUSE_SECONDS, 0.05 * 2**attempt)))  # noqa: S311
                else:
                    return

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run this thread's statements one by one: Delta has no transactions over several statements."""
        yield

    def sample(self, sql: str, limit: int) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        """Return the column names of a query and its first `limit` rows."""
        found = self._answer(f"select * from ({sql}) as rows limit {limit}", ())
        return tuple(found.column_names), tuple(_rows(found))

    @contextmanager
    def streamed(self, sql: str, *parameters: Any, rows: int) -> Iterator[Iterator[list[tuple[Any, ...]]]]:
        """Yield the rows of one query in chunks of up to `rows`; only some chunks are in memory at a time."""
        with self.streamed_tables(sql, *parameters, rows=rows) as tables:
            yield (_rows(table) for table in tables if isinstance(table, pa.Table))

    @contextmanager
    def streamed_tables(self, sql: str, *parameters: Any, rows: int) -> Iterator[Iterator[Rows]]:
        """Yield the rows of one query in chunks, as Arrow tables."""
        with self.explaining():
            found = self._engine.batches(self._catalog.prepared(spark_sql(sql, parameters)))
        yield self._chunks_of(found, rows)

    def _chunks_of(self, found: Iterator[pa.Table], rows: int) -> Iterator[pa.Table]:
        while True:
            with self.explaining():
                table = next(found, None)
            if table is None:
                return
            for batch in table.to_batches(max_chunksize=rows):
                yield pa.Table.from_batches([batch])

    def make_raw_table(self, name: str, columns: Mapping[str, Any]) -> None:
        """Create a raw table that no load fills, if there is none; `columns` maps names to dlt's types."""
        with self.explaining():
            kinds = {each: DELTA_TYPES.get(kind, kind) for each, kind in columns.items()}
            self._lake.create_table(RAW, name, kinds)
            self._catalog.forget_columns()

    def has_table(self, schema: str, name: str) -> bool:
        """Tell whether there is a table or view of that name."""
        with self.explaining():
            return self._catalog.has(schema, name)

    makes_checksums = True

    def microseconds(self, column: str) -> str:
        """Return the SQL of a timestamp as microseconds since 1970."""
        return f"unix_micros({self.quoted(column)})"

    def checksum(self, columns: Sequence[tuple[str, str]]) -> str:
        """Add up a hash of each row, of text: a hash of several values would leave out nulls."""
        texts = (
            f"coalesce(cast({self.quoted(name)} as varchar), '\N{SYMBOL FOR NULL}')" for name, _ in columns
        )
        return f"cast(sum(cast(xxhash64({', '.join(texts)}) as decimal(38, 0))) as varchar)"

    def widen(self) -> None:
        """Add the columns that raw tables of an earlier version lack."""
        with self.explaining():
            missing = [column for column in self._outdated_columns() if isinstance(column, Missing)]
        for column in missing:
            self.execute(f"alter table {column.schema}.{column.table} {column.alteration}")

    def unpublishable(self, target: Path) -> str | None:  # noqa: ARG002 - none can be
        """Return why no copy for readers is written: readers never block a sync here."""
        return f"a copy is for DuckDB, where a reader blocks the next sync. Read {self.describe()} itself."

    def grant_reader(self, role: str, company_id: str | None = None) -> str:  # noqa: ARG002 - there are no roles
        """Raise ConfigurationError: whoever may read files may read all of them."""
        raise ConfigurationError(
            f"{self.describe()} has no roles, so '{role}' cannot get access. Let its owner read the folders "
            f"{STAGING} and {MODELS}, with the means of the file system or the object store. They have the "
            "books of all companies."
        )

    def unlistenable(self) -> str | None:
        """Return why no service can keep it current."""
        return (
            f"A service would write files into {self.describe()} and build its models every few seconds, and "
            "that takes a minute. Run 'accbooks sync' at intervals, or use --destination duckdb or postgres."
        )

    def claimed(self, claim: int) -> None:  # noqa: ARG002 - none is taken
        """Raise ConfigurationError: files cannot refuse what a worker writes that lost its claim."""
        raise ConfigurationError(
            "sources.accbooks.control does not work with a lakehouse: nothing keeps a worker from writing "
            "after it lost its claim. Sync each company from one machine only, or use --destination postgres."
        )

    def size(self) -> int:
        """Return the bytes of all files, those of earlier versions included."""
        with self.explaining():
            return self._lake.size((RAW, STAGING, MODELS))

    def maintain(self) -> None:
        """Join small files, and delete those that no version needs any more."""
        from accbooks_warehouse.pipelines.destinations.delta_maintenance import maintain  # noqa: PLC0415 - an extra

        with self.explaining():
            maintain(self._lake, (RAW, STAGING, MODELS))

    def explain(self, error: BaseException) -> WarehouseError:
        """Turn an error into a sentence."""
        return super().explain(error)


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    if not table.num_columns:
        return []
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
