"""The base class of all warehouses, whatever their database."""

from __future__ import annotations

import hashlib
import re
import tempfile
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

import dlt
import platformdirs
import pyarrow as pa
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.destinations import increasing_load_ids, load_ids, type_hints
from accbooks_warehouse.pipelines.destinations.clients import Clients
from accbooks_warehouse.pipelines.destinations.database_errors import (
    is_database_error,
    is_disk_full,
    is_outside_error,
    sentence,
)
from accbooks_warehouse.pipelines.destinations.event_store import StoreAddress
from accbooks_warehouse.pipelines.destinations.together import Together, by_member, sql_of
from accbooks_warehouse.pipelines.destinations.widening import STORED_COLUMNS, Outdated, outdated_columns
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.sources.accbooks import ConfigurationError, in_double_quotes
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.destination import Destination
from dlt.common.schema import Schema
from dlt.common.schema.utils import new_table
from dlt.dataset.utils import get_destination_clients
from dlt.destinations.exceptions import DatabaseException, DestinationConnectionError
from dlt.destinations.job_client_impl import SqlJobClientBase
from dlt.destinations.sql_client import SqlClientBase

RAW, STAGING, MODELS = "accbooks_raw", "accbooks_staging", "accbooks"
DEFAULT_PIPELINE = "accbooks"
PIPELINE_OF_SEVERAL = f"{DEFAULT_PIPELINE}several"
CONFIGURED_COMPANIES = "configured_companies"
"""The raw table of the names in the configuration: no load fills it, and it says nothing of books."""
VAT_SCHEMES = "vat_schemes"
"""The raw table of the settings of VAT in the configuration: no load fills it either."""
RUNS, RUN_LOADS = "runs", "run_loads"
"""The raw tables of runs, and of the loads of each: what a run itself says of how it went."""


Rows = Sequence[tuple[Any, ...]] | pa.Table
"""Rows as the database gives them best."""


class Warehouse(ABC):
    """A database with the copy. `name` is its name in `--destination` and dbt's target.

    `profiles` is the folder of the profiles.yml with the target, None for the project's own. `notice` tells
    the user how the database was chosen, None if that is obvious.
    """

    name: str
    profiles: Path | None = None
    notice: str | None = None

    def __init__(self) -> None:
        self._clients = Clients(self._new_client)
        self.together = Together()

    @abstractmethod
    def describe(self) -> str:
        """Return where it is, as shown to the user; never includes a password."""

    @abstractmethod
    def exists(self) -> bool:
        """Tell whether there is a database to query, without creating one."""

    @abstractmethod
    def dbt_environment(self) -> Mapping[str, str]:
        """Return the variables that transforms/profiles.yml reads."""

    def parsing_environment(self) -> Mapping[str, str]:
        """Return these variables as used for parsing: the same for all databases of a kind, if possible."""
        return self.dbt_environment()

    @property
    def dbt_target(self) -> str:
        """Return the target of profiles.yml that builds in it."""
        return self.name

    @property
    def dbt_database(self) -> str | None:
        """Return what dbt calls the database that it builds in; None to leave it as it was parsed."""
        return None

    def built(self, relations: Mapping[tuple[str, str], str | None]) -> None:  # noqa: B027 - databases keep views
        """Note what dbt built, by schema and name: the SQL of a view, None for a table."""

    @abstractmethod
    def release(self) -> None:
        """Close what dbt keeps open after a run."""

    @abstractmethod
    def lock(self, name: str, *, wait: bool = False) -> AbstractContextManager[None]:
        """Take a lock of this warehouse, which excludes other runs and ends with the process.

        Raises LockedByAnotherRunError if another holds it and it is not to be waited for.
        """

    @property
    def events(self) -> StoreAddress:
        """Return where webhook events are stored: by default in a file of this machine."""
        digest = hashlib.blake2b(self.describe().encode(), digest_size=4).hexdigest()
        folder = platformdirs.user_state_path("accbooks", ensure_exists=True)
        return StoreAddress(file=folder / f"{identifier(self.name)}-{digest}.events.sqlite")

    def for_reading(self) -> Warehouse:
        """Return the same database for a command that only reads: itself, unless it can be opened so."""
        return self

    def unlistenable(self) -> str | None:
        """Return why no service can keep it current within seconds; None if one can."""
        return None

    def unpublishable(self, target: Path) -> str | None:  # noqa: ARG002 - a file has an answer
        """Return why no copy for readers can be written to a file; None if it can."""
        return f"a copy is for DuckDB, where a reader blocks the next sync. Read {self.describe()} itself."

    def publish(self, target: Path) -> None:
        """Replace a file atomically by a read-only copy of the database; raises WarehouseError."""
        raise WarehouseError(self.unpublishable(target))

    def exclusive_access(self, *, resuming: bool = False) -> AbstractContextManager[None]:  # noqa: ARG002 - a file has breaks
        """Exclude other runs and threads if only one at a time can have the database open.

        With `resuming`, the connection that `open_while_idle` left open stays so.
        """
        return nullcontext()

    def open_while_idle(self) -> AbstractContextManager[None]:
        """Let the database stay open between two uses, if they follow each other in a moment."""
        return nullcontext()

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep exclusive access and one connection for several queries of this thread in a row.

        Raises WarehouseError if the database cannot be opened.
        """
        with self.exclusive_access(resuming=True), self._clients.kept(self._opening):
            yield

    def handed_over(self) -> AbstractContextManager[None]:
        """Close the connection that this thread keeps open, while something else has the database.

        The turn is kept. DuckDB lets a process open a file twice only with the same settings. Raises
        WarehouseError if the connection cannot be opened again.
        """
        return self._clients.handed_over(self._opening)

    def _opening(self) -> AbstractContextManager[None]:
        """Explain errors of what opens a connection that is kept open."""
        return self.explaining()

    def defining(self) -> AbstractContextManager[None]:
        """Exclude other runs while tables are created."""
        return self.lock("tables", wait=True)

    @contextmanager
    def building(self) -> Iterator[None]:
        """Exclude other runs while dbt builds or tests; afterwards close what dbt keeps open."""
        with self.lock("models", wait=True), self.exclusive_access(resuming=True):
            try:
                yield
            finally:
                self.release()

    @abstractmethod
    def destination(self, staging_layout: str, *, loading: bool) -> Destination[Any, Any]:
        """Return dlt's destination; with a memory limit for `loading`, without one for queries."""

    def maintain_raw_tables(self, pipeline: dlt.Pipeline) -> None:  # noqa: B027 - most databases need nothing
        """Maintain the raw tables after a load."""

    def widen(self) -> None:  # noqa: B027 - who has another database alters its columns by hand
        """Add missing columns to tables of an earlier version, and widen those with too few digits."""

    def _outdated_columns(self) -> list[Outdated]:
        """Return the columns that are missing, too narrow, or not null though declared nullable."""
        stored: Any = self.query(STORED_COLUMNS)
        return sorted(
            outdated_columns(stored), key=lambda column: (column.schema, column.table, column.column)
        )

    def grant_reader(self, role: str, company_id: str | None = None) -> str:  # noqa: ARG002 - where there are roles
        """Let a role read the models, of one company or all, and nothing else; returns the schema to read.

        Raises ConfigurationError where there are no roles.
        """
        raise ConfigurationError(
            f"{self.describe()} has no roles, so '{role}' cannot get access. Whoever can open the database "
            "can read all of it. PostgreSQL has roles: use --destination postgres."
        )

    def size(self) -> int:
        """Return how many bytes our tables and indexes take.

        Raises ConfigurationError where the database is maintained by other means.
        """
        raise ConfigurationError(f"{self.describe()} is maintained by its own tools.")

    def maintain(self) -> None:
        """Reclaim space of deleted rows, and renew the statistics of our tables; raises as `size` does."""
        raise ConfigurationError(f"{self.describe()} is maintained by its own tools.")

    def claimed(self, claim: int) -> None:  # noqa: B027 - only a server has connections of several machines
        """Have every later connection of this process carry the number of its claim on companies."""

    def fence_tables(self) -> None:  # noqa: B027 - as above
        """Have new tables refuse the writes of claims that ended, once this process has a claim."""

    def end_claims(self, claims: Sequence[int]) -> None:  # noqa: B027 - as above
        """Refuse the writes of these claims from now on; returns when none of them is under way."""

    def refresh_company_readers(self) -> None:  # noqa: B027 - where there are no roles there are no readers
        """Make what readers of single companies see follow the models."""

    def forget_company_readers(self, company_id: str) -> None:  # noqa: B027 - as above
        """Leave the readers of a company nothing to read."""

    @property
    def raw(self) -> str:
        """Return the schema of the raw tables, as written in SQL."""
        return self.qualified(RAW)

    @property
    def staging(self) -> str:
        """Return the schema of internal models, as written in SQL."""
        return self.qualified(STAGING)

    @property
    def models(self) -> str:
        """Return the schema of the public models, as written in SQL."""
        return self.qualified(MODELS)

    @property
    def reads(self) -> str:
        """Return the SQL of a relation with the windows and reports read, for a `from` clause.

        It has only complete loads: one that was cut off may have windows without their records.
        """
        whole = f"select load_id from {self.raw}._dlt_loads where status = 0"
        return f"(select * from {self.raw}.sync_windows where _dlt_load_id in ({whole})) as reads"

    makes_checksums = False
    """Whether it supports `checksum` and `microseconds`."""

    def microseconds(self, column: str) -> str:
        """Return the SQL of a timestamp as microseconds since 1970, even if drivers cannot read it."""
        raise NotImplementedError

    def checksum(self, columns: Sequence[tuple[str, str]]) -> str:
        """Return the SQL of a checksum of rows: it changes if a value in any of these columns does.

        Columns are given by name and type. The checksum is text and the same in every session.
        """
        raise NotImplementedError

    def quoted(self, column: str) -> str:
        """Return a column's name in quotes, as needed for an SQL keyword."""
        return in_double_quotes(column)

    def qualified(self, schema: str) -> str:
        """Return a schema's name as written in SQL."""
        return schema

    @contextmanager
    def loading(self, *, keeping_open: bool = False) -> Iterator[None]:
        """Exclude other loads of this process.

        DuckDB's memory limit applies to all connections to a file, so dbt's are closed first. With
        `keeping_open`, which is for few rows, the database stays open.
        """
        with self.exclusive_access():  # a file that was used before may hold more memory than a load may
            self.release()
            with self.kept_open() if keeping_open else nullcontext():
                yield

    def pipeline_name(self, company: str | None) -> str:
        """Return dlt's name of the pipeline of a configured company; of the one without a name if None."""
        return f"{DEFAULT_PIPELINE}_{identifier(company)}" if company else DEFAULT_PIPELINE

    def pipeline(
        self, company: str | None = None, *, loading: bool = False
    ) -> AbstractContextManager[dlt.Pipeline]:
        """Yield a dlt pipeline that keeps its state only in the destination.

        The working directory is deleted, so its state can never disagree with a deleted or restored database.
        Each company has its own pipeline, state and staging tables. Raises WarehouseError for errors of the
        database between dlt's steps; within a step dlt raises PipelineStepFailed.
        """
        return self._pipeline(self.pipeline_name(company), loading=loading)

    def pipeline_of_several(self) -> AbstractContextManager[dlt.Pipeline]:
        """Yield a dlt pipeline for a load of several companies, whose states are stored beside it.

        No configured name makes a pipeline of this name.
        """
        return self._pipeline(PIPELINE_OF_SEVERAL, loading=True)

    @contextmanager
    def _pipeline(self, name: str, *, loading: bool) -> Iterator[dlt.Pipeline]:
        type_hints.replace_dlts()
        load_ids.replace_dlts()
        increasing_load_ids.replace_dlts()
        suffix = name.removeprefix(DEFAULT_PIPELINE)
        with tempfile.TemporaryDirectory(prefix="accbooks-") as directory:
            pipeline = dlt.pipeline(
                name,
                pipelines_dir=directory,
                destination=self.destination(f"%s_staging{suffix}", loading=loading),
                dataset_name=RAW,
            )
            try:
                with self.explaining():
                    yield pipeline
            finally:
                if pipeline.is_active:  # another one may be active by now
                    pipeline.deactivate()

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of one query, with `%s` for each parameter.

        Raises WarehouseError, which says what to do, if the database cannot be opened or a table is missing.
        """
        with self._client() as client:
            return [tuple(row) for row in client.execute_sql(sql, *parameters) or []]

    def query_of(self, member: str, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query of a company, without its first column, the company's id.

        SQL has MEMBERS for the list of companies; it may also be of names. Within a group, `together`, the
        query is run once for all of them.
        """

        def ask(members: Sequence[str]) -> Mapping[str, list[Any]]:
            statement, ordered = sql_of(sql, members, parameters)
            return by_member(self.query(statement, *ordered))

        return self.together.of((sql, parameters), member, ask)

    def query_once(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query that a group of companies asks in the same words."""
        return self.together.once((sql, parameters), lambda: self.query(sql, *parameters))

    def execute(self, sql: str, *parameters: Any) -> None:
        """Run one statement that changes something, with `%s` for each parameter."""
        with self._client() as client:
            client.execute_sql(sql, *parameters)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run this thread's statements in one transaction."""
        with self.kept_open(), self._client() as client:
            try:
                with client.begin_transaction():
                    yield
            except BaseException:
                self._clients.known.clear()  # it may have made a table
                raise

    def sample(self, sql: str, limit: int) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        """Return the column names of a query and its first `limit` rows."""
        with self._client() as client, client.execute_query(sql) as cursor:
            names = tuple(column[0] for column in cursor.description)
            return names, tuple(tuple(row) for row in cursor.fetchmany(limit))

    @contextmanager
    def streamed(self, sql: str, *parameters: Any, rows: int) -> Iterator[Iterator[list[tuple[Any, ...]]]]:
        """Yield the rows of one query in chunks of `rows`; only one chunk is in memory at a time."""
        with self._client() as client, client.execute_query(sql, *parameters) as cursor:
            yield self._chunks(cursor, rows)

    def streamed_tables(
        self, sql: str, *parameters: Any, rows: int
    ) -> AbstractContextManager[Iterator[Rows]]:
        """Yield the rows of one query in chunks, as Arrow tables if the database has them."""
        return self.streamed(sql, *parameters, rows=rows)

    def _chunks(self, cursor: Any, rows: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield chunks from a cursor; only errors of fetching are explained, not those of the caller."""
        while True:
            try:
                chunk = cursor.fetchmany(rows)
            except Exception as error:
                if is_outside_error(error):
                    raise self.explain(error) from error
                raise
            if not chunk:
                return
            yield [tuple(row) for row in chunk]

    @contextmanager
    def _client(self) -> Iterator[SqlClientBase[Any]]:
        with self.explaining(), self.exclusive_access(), self._clients.opened() as client:
            yield client

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Turn the database's errors into sentences, except those that an interrupt caused."""
        try:
            yield
        except DestinationConnectionError as error:
            interrupts.check()
            raise self.explain(error.inner_exc) from error
        except (DatabaseException, ConfigurationException, OSError) as error:
            interrupts.check()
            raise self.explain(error) from error
        except Exception as error:
            interrupts.check()
            if is_database_error(error):
                raise self.explain(error) from error
            raise

    def _new_client(self) -> SqlClientBase[Any]:
        """Return a client for queries, without a pipeline."""
        destination = self.destination("%s_staging", loading=False)
        client, _ = get_destination_clients(Schema(DEFAULT_PIPELINE), destination, RAW)
        return cast("SqlJobClientBase", client).sql_client

    def make_raw_table(self, name: str, columns: Mapping[str, Any]) -> None:
        """Create a raw table that no load fills, if it does not exist; `columns` maps names to dlt's types.

        It has a dlt schema of its own, so that the pipelines do not change it.
        """
        schema = Schema(f"{DEFAULT_PIPELINE}_{name}")
        schema.update_table(
            new_table(name, columns=[{"name": each, "data_type": kind} for each, kind in columns.items()])
        )
        schema._bump_version()  # noqa: SLF001 - dlt does so where it stores a schema, and nowhere else
        destination = self.destination("%s_staging", loading=False)
        with self.explaining(), self.exclusive_access():
            client, _ = get_destination_clients(schema, destination, RAW)
            with client:
                client.initialize_storage()
                client.update_stored_schema()

    def index_raw_table(self, table: str, column: str) -> None:  # noqa: B027 - DuckDB keeps each block's bounds
        """Make an index on a column of a raw table that no load fills, if the database needs one."""

    def open(self) -> None:
        """Open the database for writing; raises WarehouseError if that fails."""
        self.query("select 1")

    def check_access(self) -> None:
        """Check, without creating anything, that it can be used; raises WarehouseError if not."""
        self.open()

    def has_raw_tables(self) -> bool:
        """Tell whether something was synced into it."""
        return self.exists() and self.has_table(RAW, "sync_windows")

    def has_table(self, schema: str, name: str) -> bool:
        """Tell whether there is a table or view of that name."""
        ((count,),) = self.query_once(
            "select count(*) from information_schema.tables where table_schema = %s and table_name = %s",
            schema,
            name,
        )
        return bool(count)

    def raw_columns(self) -> defaultdict[str, set[str]]:
        """Return the columns of each raw table; none for a table that is not there."""
        columns: defaultdict[str, set[str]] = defaultdict(set)
        for table, column in self.query_once(
            "select table_name, column_name from information_schema.columns where table_schema = %s", RAW
        ):
            columns[table].add(column)
        return columns

    def can_go_on_after(self, error: BaseException) -> bool:
        """Tell whether the database can be used after an error of one load."""
        if is_disk_full(error):
            return False
        try:
            self.query("select 1")
        except WarehouseError:
            return False
        return True

    def explain(self, error: BaseException) -> WarehouseError:
        """Turn a database's error into a sentence."""
        return WarehouseError(sentence(error, self.describe()))


def identifier(text: str) -> str:
    """Return a company's name as part of a database identifier."""
    return re.sub(r"\W", "_", text.lower(), flags=re.ASCII)


def placeholders(values: Sequence[Any]) -> str:
    """Return one placeholder per value, for an `in` list."""
    return ", ".join(["%s"] * len(values))
