"""A warehouse in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import dlt
from accbooks_warehouse.pipelines.destinations.base import Warehouse
from accbooks_warehouse.pipelines.destinations.clients import Clients
from accbooks_warehouse.pipelines.destinations.database_errors import causes
from accbooks_warehouse.pipelines.destinations.event_store import StoreAddress
from accbooks_warehouse.pipelines.destinations.locks import SessionLocks
from accbooks_warehouse.pipelines.destinations.postgres_address import Address
from accbooks_warehouse.pipelines.destinations.postgres_company_readers import (
    check_reads_no_company,
    forget_company_readers,
    grant_company,
    refresh_company_readers,
)
from accbooks_warehouse.pipelines.destinations.postgres_errors import FULL_STATE, sentence, state_of
from accbooks_warehouse.pipelines.destinations.postgres_fences import ENDED_STATE, end_claims, fence_tables
from accbooks_warehouse.pipelines.destinations.postgres_maintenance import (
    maintain_raw_tables,
    size_of_tables,
    vacuum_tables,
)
from accbooks_warehouse.pipelines.destinations.postgres_reader import grant
from accbooks_warehouse.pipelines.destinations.postgres_widening import widen
from accbooks_warehouse.pipelines.errors import WarehouseError
from dlt.common.destination import Destination

OF_NO_SERVER = {
    "ACCBOOKS_POSTGRES_HOST": "localhost",
    "ACCBOOKS_POSTGRES_PORT": "5432",
    "ACCBOOKS_POSTGRES_USER": "postgres",
    "ACCBOOKS_POSTGRES_DATABASE": "accbooks",
    "ACCBOOKS_POSTGRES_SSLMODE": "prefer",
    "DBT_ENV_SECRET_POSTGRES_PASSWORD": "",
}
"""Values for the variables of transforms/profiles.yml while dbt parses and nothing connects."""

FIRST_TO_END_IDLE_SESSIONS = 14_00_00
"""The first version of PostgreSQL with idle_session_timeout, as its driver numbers them."""


class Postgres(Warehouse):
    """A PostgreSQL database."""

    name = "postgres"

    def __init__(self, credentials: str | Mapping[str, Any]) -> None:
        super().__init__()
        self._locks = SessionLocks(self._session)
        self._is_claimed = False
        self.address = Address(credentials)

    def describe(self) -> str:
        """Return the server and database."""
        return f"PostgreSQL database {self.address.database} on {self.address.host}"

    def exists(self) -> bool:
        """Return True: only connecting can tell whether it exists."""
        return True

    def lock(self, name: str, *, wait: bool = False) -> AbstractContextManager[None]:
        """Take an advisory lock in a session kept for them, which the server ends with the process."""
        return self._locks.lock(name, wait=wait)

    @property
    def events(self) -> StoreAddress:
        """Return the database itself, so that events are as safe as the books."""
        return StoreAddress(postgres=self.address.of_dlt().to_native_representation())

    def _session(self) -> Any:
        import psycopg2  # noqa: PLC0415 - installed for those who want PostgreSQL

        try:
            session = psycopg2.connect(self.address.of_dlt().to_native_representation())
        except psycopg2.Error as error:
            raise self.explain(error) from error
        session.autocommit = True
        if session.server_version >= FIRST_TO_END_IDLE_SESSIONS:
            with session.cursor() as cursor:
                cursor.execute("set idle_session_timeout = 0")  # it is idle while books are read
        return session

    makes_checksums = True

    def microseconds(self, column: str) -> str:
        """Return the SQL of a timestamp as microseconds since 1970."""
        return f"cast(extract(epoch from {self.quoted(column)}) * 1000000 as bigint)"

    def checksum(self, columns: Sequence[tuple[str, str]]) -> str:
        """Add up a hash of each row, of text that does not depend on settings of the session."""
        values = (
            f"extract(epoch from {self.quoted(name)})" if "timestamp" in kind else self.quoted(name)
            for name, kind in columns
        )
        return (
            f"cast(sum(cast(hashtextextended(cast(row({', '.join(values)}) as text), 0) as numeric)) as text)"
        )

    def release(self) -> None:
        """Do nothing: dbt closes its connections itself."""

    def dbt_environment(self) -> Mapping[str, str]:
        """Return where it is and how to log in."""
        return self.address.of_dbt()

    def parsing_environment(self) -> Mapping[str, str]:
        """Return fixed values."""
        return OF_NO_SERVER

    @property
    def dbt_database(self) -> str:
        """Return the name of the database."""
        return self.address.database

    def destination(self, staging_layout: str, *, loading: bool) -> Destination[Any, Any]:  # noqa: ARG002 - the server's memory is its own
        """Return dlt's PostgreSQL destination, loading by ADBC."""
        from accbooks_warehouse.pipelines.destinations.postgres_adbc import PostgresDestination  # noqa: PLC0415 - its drivers are an extra

        return PostgresDestination(
            credentials=self.address.of_dlt(), staging_dataset_name_layout=staging_layout
        )

    def maintain_raw_tables(self, pipeline: dlt.Pipeline) -> None:
        """Keep indexes and statistics of the raw tables."""
        with pipeline.sql_client() as client:
            maintain_raw_tables(client, pipeline.default_schema)

    def size(self) -> int:
        """Return the bytes of our tables, with their indexes and long values."""
        with self._client() as client:
            return size_of_tables(client)

    def maintain(self) -> None:
        """Vacuum and analyze our tables, one after another; others read and write meanwhile."""
        with self._client() as client:
            vacuum_tables(client)

    def index_raw_table(self, table: str, column: str) -> None:
        """Make an index on a column of a raw table that no load fills."""
        self.execute(f"create index if not exists {table}_by_{column} on {self.raw}.{table} ({column})")

    def widen(self) -> None:
        """Widen columns of an earlier version, and recreate the views on them, in one transaction."""
        if not self._outdated_columns():
            return
        with (
            self.defining(),
            self._client() as client,
            client.begin_transaction(),
            client.native_connection.cursor() as cursor,
        ):
            widen(cursor, self._outdated_columns())

    @contextmanager
    def streamed(self, sql: str, *parameters: Any, rows: int) -> Iterator[Iterator[list[tuple[Any, ...]]]]:
        """Yield the rows of one query from a server-side cursor; otherwise the driver fetches all at once."""
        with self._client() as client, client.begin_transaction():
            cursor = client.native_connection.cursor(name="accbooks")
            with cursor:
                cursor.execute(sql, parameters)
                yield self._chunks(cursor, rows)

    def grant_reader(self, role: str, company_id: str | None = None) -> str:
        """Let a role read the models, of one company or all, and nothing else; returns the schema to read."""
        with self._client() as client:
            if company_id is not None:
                return grant_company(client, role, company_id)
            check_reads_no_company(client, role)
            return grant(client, role)

    def claimed(self, claim: int) -> None:
        """Name the connections of dlt and dbt after the claim; its number is a setting of each."""
        self._is_claimed = True
        self.address = self.address.of_claim(claim)
        self._clients = Clients(self._new_client)
        self.fence_tables()

    def fence_tables(self) -> None:
        """Put the trigger that refuses the writes of ended claims on tables without it."""
        if self._is_claimed:
            with self._client() as client:
                fence_tables(client)

    def end_claims(self, claims: Sequence[int]) -> None:
        """Close the connections of these claims, and refuse their writes from now on."""
        with self._client() as client:
            end_claims(client, claims)

    def refresh_company_readers(self) -> None:
        """Make what readers of single companies see follow the models."""
        with self._client() as client:
            refresh_company_readers(client)

    def forget_company_readers(self, company_id: str) -> None:
        """Leave the readers of a company nothing to read."""
        with self._client() as client:
            forget_company_readers(client, company_id)

    def can_go_on_after(self, error: BaseException) -> bool:
        """Tell whether the database can be used after an error of one load."""
        states = {state_of(each) for each in causes(error)}
        return not states & {ENDED_STATE, FULL_STATE} and super().can_go_on_after(error)

    def explain(self, error: BaseException) -> WarehouseError:
        """Turn an error into a sentence."""
        message = sentence(causes(error), str(error), where=self.describe(), user=self.address.user)
        return WarehouseError(message) if message else super().explain(error)
