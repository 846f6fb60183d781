"""What every warehouse can do, whatever its database."""

from __future__ import annotations

import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

import dlt
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.destinations.clients import Clients
from accbooks_warehouse.pipelines.destinations.database_errors import (
    is_database_error,
    is_outside_error,
    sentence,
)
from accbooks_warehouse.pipelines.destinations.widening import HELD, Outdated, outdated_columns
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
CONFIGURED_COMPANIES = "configured_companies"
"""The raw table of the names in the configuration: no load fills it, and it says nothing of books."""


class Warehouse(ABC):
    """A database that holds the copy. `name` is what `--destination` and dbt's target call it.

    `profiles` is the folder of the profiles.yml that has the target, None for the project's own. `notice` is
    what a user should know of how it was chosen, None if that is plain.
    """

    name: str
    profiles: Path | None = None
    notice: str | None = None

    def __init__(self) -> None:
        self._clients = Clients(self._new_client)

    @abstractmethod
    def describe(self) -> str:
        """Say where it is, for people; never with a password."""

    @abstractmethod
    def exists(self) -> bool:
        """Tell whether there is a database to query, without creating one."""

    @abstractmethod
    def dbt_environment(self) -> Mapping[str, str]:
        """Return the variables that transforms/profiles.yml reads."""

    def parsing_environment(self) -> Mapping[str, str]:
        """Return them as they are while the project is parsed: what it does not follow from is left out."""
        return self.dbt_environment()

    @abstractmethod
    def release(self) -> None:
        """Let go of what dbt keeps open after a run."""

    @abstractmethod
    def lock(self, name: str, *, wait: bool = False) -> AbstractContextManager[None]:
        """Hold a lock of this warehouse, which no other run then holds, and which ends with the process.

        Raises LockedByAnotherRunError if another holds it and it is not to be waited for.
        """

    def exclusive_access(self) -> AbstractContextManager[None]:
        """Take turns with other runs, and threads, where only one at a time can have the database open."""
        return nullcontext()

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep the turn, and one connection, for several queries of this thread in a row.

        Raises WarehouseError if the database cannot be opened.
        """
        with self.exclusive_access(), self._clients.kept(self.explaining):
            yield

    def defining(self) -> AbstractContextManager[None]:
        """Let no other run make tables at the same time."""
        return self.lock("tables", wait=True)

    @contextmanager
    def building(self) -> Iterator[None]:
        """Let no other run have dbt build or test at the same time; afterwards dbt has let go."""
        with self.lock("models", wait=True), self.exclusive_access():
            try:
                yield
            finally:
                self.release()

    @abstractmethod
    def destination(self, staging_layout: str, *, loading: bool) -> Destination[Any, Any]:
        """Return dlt's destination, within the memory a load may take or, to query, without such a limit."""

    def maintain_raw_tables(self, pipeline: dlt.Pipeline) -> None:  # noqa: B027 - most databases need nothing
        """Do what the raw tables need after a load."""

    def widen(self) -> None:  # noqa: B027 - who has another database alters its columns by hand
        """Give tables of an earlier version the columns, and these the digits, that are declared now."""

    def _outdated_columns(self) -> list[Outdated]:
        """Return the columns that are missing, narrower than they are declared, or take no nulls."""
        held: Any = self.query(HELD)
        return sorted(outdated_columns(held), key=lambda column: (column.schema, column.table, column.column))

    def grant_reader(self, role: str) -> None:
        """Let a role read the models and nothing else; raises ConfigurationError where there are no roles."""
        raise ConfigurationError(
            f"{self.describe()} has no roles, so '{role}' cannot get access. Whoever can open the database "
            "can read all of it. PostgreSQL has roles: use --destination postgres."
        )

    @property
    def raw(self) -> str:
        """Return the schema of the raw tables as SQL has to name it."""
        return self.qualified(RAW)

    @property
    def staging(self) -> str:
        """Return the schema of dbt's own views and tables as SQL has to name it."""
        return self.qualified(STAGING)

    @property
    def models(self) -> str:
        """Return the schema of the models as SQL has to name it."""
        return self.qualified(MODELS)

    @property
    def reads(self) -> str:
        """Return what SQL selects from to learn what was read: windows and reports whose load arrived whole.

        A load that was cut off may have said what was read, and not have brought it.
        """
        whole = f"select load_id from {self.raw}._dlt_loads where status = 0"
        return f"(select * from {self.raw}.sync_windows where _dlt_load_id in ({whole})) as reads"

    makes_checksums = False
    """Whether `checksum` and `microseconds` can be asked of it."""

    def microseconds(self, column: str) -> str:
        """Return the SQL of a timestamp as microseconds since 1970: what no driver has a type for, too."""
        raise NotImplementedError

    def checksum(self, columns: Sequence[tuple[str, str]]) -> str:
        """Return the SQL of a sum over rows that another value in any of these columns makes another.

        Columns are given by name and type; the sum is text, and the same in whatever session.
        """
        raise NotImplementedError

    def quoted(self, column: str) -> str:
        """Return the name of a column that is a word of SQL as SQL has to write it."""
        return in_double_quotes(column)

    def qualified(self, schema: str) -> str:
        """Return a schema's name as SQL has to write it."""
        return schema

    @contextmanager
    def loading(self, *, keeping_open: bool = False) -> Iterator[None]:
        """Take the turn to load, alone with the database as far as this process goes.

        A limit of memory holds for all who have a DuckDB file open together: dbt lets go of it first. For a
        few rows the database may be kept open.
        """
        with self.exclusive_access():
            self.release()
            with self.kept_open() if keeping_open else nullcontext():
                yield

    @contextmanager
    def pipeline(self, company: str | None = None, *, loading: bool = False) -> Iterator[dlt.Pipeline]:
        """Give a dlt pipeline whose only memory is the destination.

        The working directory is thrown away: a deleted or restored database can then never disagree with
        what a directory elsewhere remembers. Each company has its own pipeline, state and staging tables.
        Raises WarehouseError for what the database refuses between dlt's steps; within a step dlt raises
        PipelineStepFailed.
        """
        suffix = f"_{identifier(company)}" if company else ""
        with tempfile.TemporaryDirectory(prefix="accbooks-") as directory:
            pipeline = dlt.pipeline(
                DEFAULT_PIPELINE + suffix,
                pipelines_dir=directory,
                destination=self.destination(f"%s_staging{suffix}", loading=loading),
                dataset_name=RAW,
            )
            try:
                with self.explaining():
                    yield pipeline
            finally:
                if pipeline.is_active:  # another one may have been opened meanwhile
                    pipeline.deactivate()

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of one query; `%s` in it stands for a parameter.

        Raises WarehouseError, saying what to do, if the database cannot be opened or a table is missing.
        """
        with self._client() as client:
            return [tuple(row) for row in client.execute_sql(sql, *parameters) or []]

    def execute(self, sql: str, *parameters: Any) -> None:
        """Run one statement that changes something; `%s` in it stands for a parameter."""
        with self._client() as client:
            client.execute_sql(sql, *parameters)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Have what this thread executes meanwhile take effect at once, or not at all."""
        with self.kept_open(), self._client() as client, client.begin_transaction():
            yield

    def sample(self, sql: str, limit: int) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        """Return the column names of a query and its first `limit` rows."""
        with self._client() as client, client.execute_query(sql) as cursor:
            names = tuple(column[0] for column in cursor.description)
            return names, tuple(tuple(row) for row in cursor.fetchmany(limit))

    @contextmanager
    def streamed(self, sql: str, *parameters: Any, rows: int) -> Iterator[Iterator[list[tuple[Any, ...]]]]:
        """Give the rows of one query, `rows` of them at a time: no more are in memory together."""
        with self._client() as client, client.execute_query(sql, *parameters) as cursor:
            yield self._chunks(cursor, rows)

    def _chunks(self, cursor: Any, rows: int) -> Iterator[list[tuple[Any, ...]]]:
        """Fetch from a cursor; what goes wrong is the database's, and not of what is done with the rows."""
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
        """Turn what goes wrong with the database into a sentence; what an interrupt did to it is that."""
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
        """Return what queries the database, without a pipeline: nothing is loaded."""
        destination = self.destination("%s_staging", loading=False)
        client, _ = get_destination_clients(Schema(DEFAULT_PIPELINE), destination, RAW)
        return cast("SqlJobClientBase", client).sql_client

    def make_raw_table(self, name: str, columns: Mapping[str, Any]) -> None:
        """Make a raw table that no load fills, unless it is there; `columns` gives each name a type of dlt's.

        Its schema is one of its own, so that dlt's pipelines neither know of it nor change it.
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

    def open(self) -> None:
        """Open the database for writing; raises WarehouseError if that cannot be."""
        self.query("select 1")

    def check_access(self) -> None:
        """Find out, making nothing, whether it can be used; raises WarehouseError if it cannot."""
        self.open()

    def has_raw_tables(self) -> bool:
        """Tell whether something was synced into it."""
        return self.exists() and self.has_table(RAW, "sync_windows")

    def has_table(self, schema: str, name: str) -> bool:
        """Tell whether there is a table or view of that name."""
        ((count,),) = self.query(
            "select count(*) from information_schema.tables where table_schema = %s and table_name = %s",
            schema,
            name,
        )
        return bool(count)

    def explain(self, error: BaseException) -> WarehouseError:
        """Turn a database's error into a sentence."""
        return WarehouseError(sentence(error, self.describe()))


def identifier(text: str) -> str:
    """Return a company's name as part of a database identifier."""
    return re.sub(r"\W", "_", text.lower(), flags=re.ASCII)


def placeholders(values: Sequence[Any]) -> str:
    """Return one placeholder per value, for an `in` list."""
    return ", ".join(["%s"] * len(values))
