"""What dbt would send to databases nobody here has: adapters of their names that write statements down.

An adapter is told by its name which macros are its own, so this shows what `adapter.dispatch` makes of the models.
It quotes and qualifies names as the real one does; that is all they share. The real one's own statements (create,
rename, comment on) are not ours, and not looked at.
"""

import datetime as dt
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import agate
import pytest
import yaml
from dbt.adapters.base import AdapterPlugin, BaseRelation, available
from dbt.adapters.base.column import Column
from dbt.adapters.contracts.connection import AdapterResponse, Connection, ConnectionState, Credentials
from dbt.adapters.contracts.relation import Policy, RelationType
from dbt.adapters.factory import FACTORY
from dbt.adapters.sql import SQLAdapter, SQLConnectionManager
from dbt.cli.main import dbtRunner
from dbt_common.clients.agate_helper import Integer

PROJECT = Path(__file__).parents[3] / "transforms"
OURS = ("delete from ", "insert into ", "begin;")
HELD_TABLE = ("company_id", "month_start")
NO_COMMENTS = "{{% macro {name}__persist_docs(relation, model, for_relation, for_columns) %}}{{% endmacro %}}"


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
class Database:
    """What is in the database that is not there: whether the last run left tables, and how many months changed."""

    has_tables: bool = False
    touched_months: Sequence[tuple[str, dt.date, dt.date]] = ()
    statements: list[str] = field(default_factory=list)

    def answer(self, sql: str) -> agate.Table:
        """Write a statement down; answer the two questions the models and tests ask of their results."""
        self.statements.append(sql)
        if "select company_id, month_start, month_end from" in sql:
            return agate.Table(self.touched_months, ["company_id", "month_start", "month_end"])
        kinds = [Integer(), agate.Boolean(), agate.Boolean()]
        return agate.Table([(0, False, False)], ["failures", "should_warn", "should_error"], kinds)


def render(
    name: str, database: Database, directory: Path, *command: str, variables: Mapping[str, Any]
) -> dict[str, str]:
    """Run a dbt command; return the SQL of every model or test it ran, and of our other statements, by name."""
    profile = {"type": name, "database": "books", "schema": "accbooks", "threads": 1}
    (directory / "profiles.yml").write_text(
        yaml.safe_dump({"accbooks": {"target": name, "outputs": {name: profile}}})
    )
    options = {
        "--project-dir": PROJECT,
        "--profiles-dir": directory,
        "--target-path": directory / "target",
        "--log-path": directory / "logs",
        "--vars": yaml.safe_dump(dict(variables)),
    }
    arguments = [*command, "--quiet", *(str(part) for option in options.items() for part in option)]
    with pretended(name, database, directory), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dbt's own
        answer = dbtRunner().invoke(arguments)
    assert answer.success, answer.exception or [result.message for result in answer.result if result.message]
    rendered = {result.node.name: result.node.compiled_code for result in answer.result}
    ours = [sql for sql in database.statements if sql.strip().startswith(OURS)]
    return rendered | {f"statement {number}": sql for number, sql in enumerate(ours)}


@contextmanager
def pretended(name: str, database: Database, directory: Path) -> Iterator[None]:
    """Have dbt find an adapter of that name, without a database behind it."""
    package = directory / name
    (package / "macros").mkdir(parents=True, exist_ok=True)
    (package / "dbt_project.yml").write_text(f"name: dbt_{name}\nversion: 1.0.0\nconfig-version: 2\n")
    (package / "macros" / "adapter.sql").write_text(NO_COMMENTS.format(name=name))
    module, version = ModuleType(name), ModuleType("version")
    module.Plugin = AdapterPlugin(
        adapter=_adapter(name, database), credentials=_credentials(name), include_path=str(package)
    )
    version.version = "1.11.0"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, f"dbt.adapters.{name}", module)
        for part in ("__about__", "__version__"):
            patch.setitem(sys.modules, f"dbt.adapters.{name}.{part}", version)
        try:
            yield
        finally:
            FACTORY.plugins.pop(name, None)
            FACTORY.packages.pop(f"dbt_{name}", None)
            FACTORY.adapters.pop(name, None)


def _credentials(name: str) -> type[Credentials]:
    class PretendedCredentials(Credentials):
        type = name
        unique_field = name

        def _connection_keys(self) -> tuple[str, ...]:
            return ("database", "schema")

    return PretendedCredentials


def _adapter(name: str, server: Database) -> type[SQLAdapter]:
    manner = MANNERS[name]

    @dataclass(frozen=True, eq=False, repr=False)
    class PretendedRelation(BaseRelation):
        quote_character: str = manner.quote
        quote_policy: Policy = field(default_factory=lambda: Policy(*[manner.quotes] * 3))
        include_policy: Policy = field(default_factory=lambda: Policy(database=manner.has_catalogs))

    class PretendedConnections(SQLConnectionManager):
        TYPE = name

        @contextmanager
        def exception_handler(self, sql: str) -> Iterator[None]:  # noqa: ARG002 - dbt's signature
            yield

        def cancel(self, connection: Connection) -> None:
            pass

        @classmethod
        def open(cls, connection: Connection) -> Connection:
            connection.state, connection.handle = ConnectionState.OPEN, server
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
            return AdapterResponse("OK"), server.answer(sql)

    class Pretended(SQLAdapter):
        Relation: ClassVar = PretendedRelation
        ConnectionManager = PretendedConnections

        @classmethod
        def type(cls) -> str:
            return name

        @classmethod
        def date_function(cls) -> str:
            return "current_date"

        @classmethod
        def quote(cls, identifier: str) -> str:
            return f"{manner.quote}{identifier}{manner.quote}"

        def list_schemas(self, database: str) -> list[str]:  # noqa: ARG002 - dbt's signature
            return []

        def create_schema(self, relation: BaseRelation) -> None:
            pass

        def list_relations_without_caching(self, schema_relation: BaseRelation) -> list[BaseRelation]:  # noqa: ARG002
            return []

        @available.parse_none
        def get_relation(self, database: str, schema: str, identifier: str) -> BaseRelation | None:
            if not server.has_tables or "__dbt_" in identifier:
                return None
            return self.Relation.create(database, schema, identifier, type=RelationType.Table)

        def drop_relation(self, relation: BaseRelation) -> None:
            pass

        def rename_relation(self, from_relation: BaseRelation, to_relation: BaseRelation) -> None:
            pass

        def get_columns_in_relation(self, relation: BaseRelation) -> list[Column]:  # noqa: ARG002
            names = [name.upper() if manner.capitals else name for name in HELD_TABLE]
            return [Column(name, "text") for name in names]

    Pretended.__name__ = f"{name.title()}Adapter"  # dbt tells the adapter's package by it
    return Pretended
