"""Adapters of dbt's for databases nobody here has: they write names as the real ones do, and send nothing.

By its name an adapter knows which macros are its own: this shows what `adapter.dispatch` makes of models.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import agate
from dbt.adapters.base import BaseRelation, available
from dbt.adapters.base.column import Column
from dbt.adapters.contracts.connection import AdapterResponse, Connection, ConnectionState, Credentials
from dbt.adapters.contracts.relation import Policy, RelationType
from dbt.adapters.sql import SQLAdapter, SQLConnectionManager
from dbt_common.clients.agate_helper import Integer

HELD_COLUMNS = ("company_id", "month_start")


@dataclass(frozen=True)
class Manner:
    """How a database's adapter writes names."""

    quote: str
    quotes: bool
    has_catalogs: bool = True
    capitals: bool = False


MANNERS: Mapping[str, Manner] = {
    "snowflake": Manner('"', quotes=False, capitals=True),
    "bigquery": Manner("`", quotes=True),
    "databricks": Manner("`", quotes=True),
    "clickhouse": Manner("`", quotes=True, has_catalogs=False),
    "elsewhere": Manner('"', quotes=True),
}


@dataclass
class Server:
    """A database that is not there: whether a run left tables in it, and which months changed since."""

    has_tables: bool = False
    touched_months: Sequence[tuple[str, dt.date, dt.date]] = ()
    statements: list[str] = field(default_factory=list)

    def answer(self, sql: str) -> agate.Table:
        """Write a statement down; answer the two questions that models and tests ask."""
        self.statements.append(sql)
        if "select company_id, month_start, month_end from" in sql:
            return agate.Table(self.touched_months, ["company_id", "month_start", "month_end"])
        kinds = [Integer(), agate.Boolean(), agate.Boolean()]
        return agate.Table([(0, False, False)], ["failures", "should_warn", "should_error"], kinds)


def credentials_of(name: str) -> type[Credentials]:
    """Return what dbt reads the profile of an adapter into."""
    members = {"type": name, "unique_field": name, "_connection_keys": lambda _: ("database", "schema")}
    return type("PretendedCredentials", (Credentials,), members)


def adapter_of(name: str, server: Server) -> type[SQLAdapter]:
    """Return an adapter of that name; dbt tells its package by the name of its class."""
    connections = type("PretendedConnections", (PretendedConnections,), {"TYPE": name, "server": server})
    members = {
        "name": name,
        "server": server,
        "manner": MANNERS[name],
        "Relation": _relation_of(MANNERS[name]),
        "ConnectionManager": connections,
    }
    return type(f"{name.title()}Adapter", (PretendedAdapter,), members)


def _relation_of(manner: Manner) -> type[BaseRelation]:
    @dataclass(frozen=True, eq=False, repr=False)
    class PretendedRelation(BaseRelation):
        quote_character: str = manner.quote
        quote_policy: Policy = field(default_factory=lambda: Policy(*[manner.quotes] * 3))
        include_policy: Policy = field(default_factory=lambda: Policy(database=manner.has_catalogs))

    return PretendedRelation


class PretendedConnections(SQLConnectionManager):
    """Connections to nowhere."""

    server: ClassVar[Server]

    @contextmanager
    def exception_handler(self, sql: str) -> Iterator[None]:  # noqa: ARG002 - dbt's signature
        yield

    def cancel(self, connection: Connection) -> None:
        pass

    @classmethod
    def open(cls, connection: Connection) -> Connection:
        connection.state, connection.handle = ConnectionState.OPEN, cls.server
        return connection

    @classmethod
    def close(cls, connection: Connection) -> Connection:
        connection.state = ConnectionState.CLOSED
        return connection

    @classmethod
    def get_response(cls, cursor: Any) -> AdapterResponse:
        return AdapterResponse(str(cursor))

    def begin(self) -> None:
        pass

    def commit(self) -> None:
        pass

    def execute(self, sql: str, *_: Any, **__: Any) -> tuple[AdapterResponse, agate.Table]:
        return AdapterResponse("OK"), self.server.answer(sql)


class PretendedAdapter(SQLAdapter):
    """An adapter whose server answers what is asked, and takes what is told."""

    name: ClassVar[str]
    server: ClassVar[Server]
    manner: ClassVar[Manner]

    @classmethod
    def type(cls) -> str:
        return cls.name

    @classmethod
    def date_function(cls) -> str:
        return "current_date"

    @classmethod
    def quote(cls, identifier: str) -> str:
        return f"{cls.manner.quote}{identifier}{cls.manner.quote}"

    @available.parse_none
    def get_relation(self, database: str, schema: str, identifier: str) -> BaseRelation | None:
        if not self.server.has_tables or "__dbt_" in identifier:
            return None
        return self.Relation.create(database, schema, identifier, type=RelationType.Table)

    def get_columns_in_relation(self, relation: BaseRelation) -> list[Column]:  # noqa: ARG002 - dbt's signature
        names = [name.upper() if self.manner.capitals else name for name in HELD_COLUMNS]
        return [Column(name, "text") for name in names]

    def list_schemas(self, database: str) -> list[str]:  # noqa: ARG002 - dbt's signature
        return []

    def list_relations_without_caching(self, schema_relation: BaseRelation) -> list[BaseRelation]:  # noqa: ARG002
        return []

    def create_schema(self, relation: BaseRelation) -> None:
        pass

    def drop_relation(self, relation: BaseRelation) -> None:
        pass

    def rename_relation(self, from_relation: BaseRelation, to_relation: BaseRelation) -> None:
        pass
