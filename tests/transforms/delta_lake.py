"""A lake of Delta tables beside a DuckDB warehouse, and an engine with Spark's SQL that dbt builds in."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from accbooks_warehouse.pipelines.destinations.spark_engine import as_a_program
from deltalake import DeltaTable, write_deltalake

SCHEMAS = ("accbooks", "accbooks_staging")
OF_NOW = frozenset({"checked_at"})
"""Columns that say when a build was."""


@contextlib.contextmanager
def sail() -> Iterator[tuple[str, Any]]:
    """Start Sail in this process; yields its address and a session of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 3 is newer than PySpark knows
        from pysail.spark import SparkConnectServer  # noqa: PLC0415

    os.environ.setdefault("RUST_LOG", "off")
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    address = "sc://{}:{}".format(*server.listening_address)
    try:
        with session_of(address) as session:
            yield address, session
    finally:
        server.stop()


@contextlib.contextmanager
def session_of(address: str) -> Iterator[Any]:
    """Open a session of an engine that speaks Spark Connect; dbt uses it too."""
    with warnings.catch_warnings(), as_a_program():
        warnings.simplefilter("ignore")  # as above
        from pyspark.sql.connect.session import SparkSession  # noqa: PLC0415

    session = SparkSession.builder.remote(address).create()
    SparkSession._default_session = SparkSession._active_session.session = session  # noqa: SLF001 - for dbt
    try:
        yield session
    finally:
        with contextlib.suppress(Exception):
            session.stop()


@dataclass(frozen=True)
class Lake:
    """The raw tables of a DuckDB warehouse as Delta tables in a folder, and what dbt builds of them."""

    beside: Any
    folder: Path
    address: str
    session: Any

    def copy_raw_tables(self) -> None:
        """Write each raw table of DuckDB anew, and make it known to the engine."""
        with contextlib.closing(self.beside.connect()) as connection:
            tables = connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'accbooks_raw'"
            ).fetchall()
            for (name,) in tables:
                rows = connection.sql(f"from accbooks_raw.{name}").to_arrow_table()
                write_deltalake(self.folder / "accbooks_raw" / name, plain(rows), mode="overwrite")
        self._sql(f"create schema if not exists accbooks_raw location '{self.folder.as_uri()}/accbooks_raw'")
        for (name,) in tables:
            place = f"{self.folder.as_uri()}/accbooks_raw/{name}"
            self._sql(f"create table if not exists accbooks_raw.{name} using delta location '{place}'")

    def dbt(self, *arguments: str, **options: Any) -> Any:
        """Run dbt with the target `spark`; returns every node's outcome by its name."""
        environment = {"ACCBOOKS_SPARK": self.address, "ACCBOOKS_LAKE": self.folder.as_uri()}
        warehouse = replace(
            self.beside, target="spark", workspace=self.folder / "dbt", environment=environment
        )
        return warehouse.dbt(*arguments, **options)

    def rows(self, relation: str, left_out: Iterable[str] = OF_NOW) -> Relation:
        """Return a relation as the engine answers it."""
        return relation_of(self._sql(f"select * from {relation}").toArrow(), left_out)

    def files(self, relation: str) -> set[str]:
        """Return the files that a table consists of."""
        return set(DeltaTable(self.folder / relation.replace(".", "/")).file_uris())

    def _sql(self, query: str) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.session.sql(query)


@dataclass(frozen=True)
class Relation:
    """A table's columns with their types, and its rows, each with how often it is there."""

    columns: list[tuple[str, str]]
    rows: Counter[tuple[Any, ...]]


def relation_of(table: pa.Table, left_out: Iterable[str] = OF_NOW) -> Relation:
    """Return a table with types and values as both databases write them."""
    columns = [(field.name, str(field.type).replace("large_", "")) for field in plain(table).schema]
    compared = [name for name, _ in columns if name not in left_out]
    values = [[written(value) for value in table[name].to_pylist()] for name in compared]
    return Relation(columns, Counter(zip(*values, strict=True)))


def relations_of(
    connect: Callable[[], duckdb.DuckDBPyConnection], condition: str = "1 = 1"
) -> dict[str, Relation]:
    """Return all that was built in DuckDB, or the relations for which a condition holds."""
    with contextlib.closing(connect()) as connection:
        connection.execute("set TimeZone = 'UTC'")
        names = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            f"where table_schema in {SCHEMAS} and {condition} order by 1"
        ).fetchall()
        return {
            name: relation_of(connection.sql(f"from accbooks.{name}").to_arrow_table()) for (name,) in names
        }


def plain(table: pa.Table) -> pa.Table:
    """Return a table with JSON as text."""
    fields = [
        pa.field(field.name, pa.string() if isinstance(field.type, pa.BaseExtensionType) else field.type)
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def written(value: Any) -> Any:
    """Return a value as text where two libraries have different objects for it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)).isoformat()
    return value
