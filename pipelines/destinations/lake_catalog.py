"""What tables and views a lakehouse has, told to the engine's session, which knows nothing when it starts.

Tables are the folders with a Delta log. Views have no files: their SQL is kept in one file. The engine is
told of those that a statement names, so a command that asks one question waits for no others.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from accbooks_warehouse.pipelines.destinations.base import MODELS, RAW, STAGING
from accbooks_warehouse.pipelines.destinations.lake import Lake, columns_of
from accbooks_warehouse.pipelines.destinations.spark_sql import in_backticks, text_literal

if TYPE_CHECKING:
    from accbooks_warehouse.pipelines.destinations.spark_engine import SparkEngine

SCHEMAS = (RAW, STAGING, MODELS)
VIEWS_FILE = "_views.json"
NAMED = re.compile(rf"\b({'|'.join(SCHEMAS)})`?\.`?(\w+)")
INFORMATION = re.compile(r"\binformation_schema\.(tables|columns)\b")
NEW_TABLE = re.compile(
    rf"create table if not exists ({'|'.join(SCHEMAS)})\.`?(\w+)`? \((.*)\)", re.IGNORECASE | re.DOTALL
)
COLUMN = re.compile(r"`?(\w+)`? (\w+(?:\(\d+, *\d+\))?)")
NEW_ROWS = re.compile(
    rf"insert into ({'|'.join(SCHEMAS)})\.`?(\w+)`?\s+\(([^)]*)\)\s+((?:values|select|with)\b.*)",
    re.IGNORECASE | re.DOTALL,
)
NEW_COLUMN = re.compile(
    rf"alter table ({'|'.join(SCHEMAS)})\.(\w+) add column (?:if not exists )?`?(\w+)`? (.+)", re.IGNORECASE
)
DROPPED_VIEW = re.compile(rf"drop view if exists ({'|'.join(SCHEMAS)})\.(\w+)", re.IGNORECASE)
DELTA_TYPES = {"bigint": "long"}
"""Names of types in Delta's schemas that differ from SQL's."""
BASE_TABLE, VIEW = "BASE TABLE", "VIEW"
COLUMNS_OF_TABLES = columns_of(
    table_catalog=pa.string(),
    table_schema=pa.string(),
    table_name=pa.string(),
    table_type=pa.string(),
)
COLUMNS_OF_COLUMNS = columns_of(
    table_catalog=pa.string(),
    table_schema=pa.string(),
    table_name=pa.string(),
    column_name=pa.string(),
    ordinal_position=pa.int32(),
    is_nullable=pa.string(),
    data_type=pa.string(),
    numeric_precision=pa.int32(),
    numeric_scale=pa.int32(),
)
"""The columns of the standard's information_schema that are asked for."""


class LakeCatalog:
    """The tables and views of a lake, and which of them the engine's session knows."""

    def __init__(self, lake: Lake, engine: SparkEngine) -> None:
        self._lake = lake
        self._engine = engine
        self._told: dict[tuple[str, str], str | None] = {}
        self._columns: dict[tuple[str, str], pa.Schema] = {}
        self._telling = threading.RLock()

    def has(self, schema: str, name: str) -> bool:
        """Tell whether there is a table or view."""
        return self._lake.has_table(schema, name) or (schema, name) in self._views()

    def prepared(self, statement: str) -> str:
        """Return a statement that the engine can run: it is told of what the statement names."""
        for schema, name in dict.fromkeys(NAMED.findall(statement)):
            self._tell(schema, name)
        if inserted := NEW_ROWS.match(statement.lstrip()):
            return self._with_all_columns(*inserted.groups())
        if INFORMATION.search(statement):
            self._tell_of_columns(statement)
            return INFORMATION.sub(r"information_schema_\1", statement)
        return statement

    def _with_all_columns(self, schema: str, table: str, listed: str, rows: str) -> str:
        """Return a statement that inserts rows, with nulls where it leaves out a column: Sail wants all."""
        listed_columns = [name.strip().strip("`") for name in listed.split(",")]
        existing = [field.name for field in self._lake.open(schema, table).schema().fields]
        names = ", ".join(map(in_backticks, listed_columns))
        left_out = [name for name in existing if name not in listed_columns]
        values = ", ".join([names, *(f"null as {in_backticks(name)}" for name in left_out)])
        every = ", ".join([names, *map(in_backticks, left_out)])
        return f"insert into {schema}.{table} ({every}) select {values} from ({rows}) as new_rows ({names})"

    def defines(self, statement: str) -> bool:
        """Run a statement that defines something, where the engine does not; False if it is none.

        If two processes create a table at once, the engine says that there is one of another schema.
        """
        if created := NEW_TABLE.match(statement.strip()):
            columns = {name: DELTA_TYPES.get(kind, kind) for name, kind in COLUMN.findall(created[3])}
            self._lake.create_table(created[1], created[2], columns)
            self.forget_columns()
            return True
        if added := NEW_COLUMN.match(statement.strip()):
            self._add_column(*added.groups())
            return True
        if dropped := DROPPED_VIEW.match(statement.strip()):
            key = dropped[1], dropped[2]
            views = self._views()
            if views.pop(key, None) is not None:
                self._write_views(views)
            if self._told.pop(key, None) is not None:
                self._engine.run(f"drop view if exists {dropped[1]}.{dropped[2]}")
            return True
        return False

    def register_all(self) -> None:
        """Tell the engine of everything there is."""
        for schema in SCHEMAS:
            self._tell_of_schema(schema)
            for name in self._lake.tables(schema):
                self._tell(schema, name)
        for schema, name in self._views():
            self._tell(schema, name)

    def keep_views(self, built: Mapping[tuple[str, str], str | None]) -> None:
        """Keep the SQL of views that were built in the engine's session; None is what is no view."""
        before = self._views()
        views = {key: sql for key, sql in {**before, **built}.items() if sql is not None}
        self._told |= built
        if views != before:
            self._write_views(views)

    def forget_columns(self) -> None:
        """Read all columns again when they are asked for."""
        self._columns.clear()

    def _views(self) -> dict[tuple[str, str], str]:
        text = self._lake.read_text(STAGING, VIEWS_FILE)
        kept: dict[str, str] = json.loads(text) if text else {}
        return {(schema, name): sql for key, sql in kept.items() for schema, _, name in [key.partition(".")]}

    def _write_views(self, views: Mapping[tuple[str, str], str]) -> None:
        kept = {f"{schema}.{name}": sql for (schema, name), sql in views.items()}
        self._lake.write_text(json.dumps(kept, indent=1, sort_keys=True), STAGING, VIEWS_FILE)

    def _tell_of_schema(self, schema: str) -> None:
        with self._telling:
            if (schema, "") not in self._told:
                place = text_literal(f"{self._lake.url}/{schema}")
                self._engine.run(f"create database if not exists {schema} location {place}")
                self._told[schema, ""] = None

    def _tell(self, schema: str, name: str) -> None:
        """Tell the engine of a table, or of a view and of what that reads, unless it knows."""
        with self._telling:
            views = self._views() if (schema, name) not in self._told or self._told[schema, name] else {}
            view = views.get((schema, name))
            if (schema, name) in self._told and self._told[schema, name] == view:
                return
            self._tell_of_schema(schema)
            if view is not None:
                self._tell_of_view(schema, name, view)
            elif self._lake.has_table(schema, name):
                place = text_literal(self._lake.location(schema, name))
                self._engine.run(f"create table if not exists {schema}.{name} using delta location {place}")
                self._told[schema, name] = None

    def _tell_of_view(self, schema: str, name: str, view: str) -> None:
        for each in dict.fromkeys(NAMED.findall(view)):
            if each != (schema, name):
                self._tell(*each)
        self._engine.run(f"create or replace view {schema}.{name} as {view}")
        self._told[schema, name] = view

    def _add_column(self, schema: str, table: str, column: str, kind: str) -> None:
        from deltalake import Field  # noqa: PLC0415 - an extra
        from deltalake.schema import PrimitiveType  # noqa: PLC0415 - an extra

        found = self._lake.open(schema, table)
        if column not in {field.name for field in found.schema().fields}:
            found.alter.add_columns(
                Field(column, PrimitiveType(DELTA_TYPES.get(kind, kind).replace(" ", "")))
            )
        self.forget_columns()

    def _tell_of_columns(self, statement: str) -> None:
        """Make the tables and columns that a statement asks for tables of the session.

        Of views it gets the columns if it names them: each has to be planned for that.
        """
        schemas = [each for each in SCHEMAS if f"'{each}'" in statement] or SCHEMAS
        tables = [(schema, name, BASE_TABLE) for schema in schemas for name in self._lake.tables(schema)]
        views = [] if BASE_TABLE in statement else [each for each in self._views() if each[0] in schemas]
        tables += [(schema, name, VIEW) for schema, name in views]
        columns = [
            {"table_schema": schema, "table_name": name, "table_type": kind} for schema, name, kind in tables
        ]
        self._engine.define("information_schema_tables", _table(COLUMNS_OF_TABLES, columns))
        if "information_schema.columns" in statement:
            named = [each for each in tables if each[2] == BASE_TABLE or f"'{each[1]}'" in statement]
            columns = [row for each in named for row in self._columns_of(*each)]
            self._engine.define("information_schema_columns", _table(COLUMNS_OF_COLUMNS, columns))

    def _columns_of(self, schema: str, name: str, kind: str) -> list[dict[str, Any]]:
        if (schema, name) not in self._columns:
            self._columns[schema, name] = (
                pa.schema(self._lake.open(schema, name).schema().to_arrow())  # type: ignore[arg-type] # it is one
                if kind == BASE_TABLE
                else self._columns_of_view(schema, name)
            )
        return [
            {
                "table_schema": schema,
                "table_name": name,
                "column_name": field.name,
                "ordinal_position": place,
                "is_nullable": "YES" if field.nullable else "NO",
                "data_type": _sql_type(field.type),
                "numeric_precision": getattr(field.type, "precision", None),
                "numeric_scale": getattr(field.type, "scale", None),
            }
            for place, field in enumerate(self._columns[schema, name], 1)
        ]

    def _columns_of_view(self, schema: str, name: str) -> pa.Schema:
        self._tell(schema, name)
        return self._engine.table(f"select * from {schema}.{in_backticks(name)} limit 0").schema


def _table(columns: pa.Schema, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([{"table_catalog": "lakehouse", **row} for row in rows], schema=columns)


def _sql_type(kind: pa.DataType) -> str:
    """Return the name of a type as other databases write it."""
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamp with time zone"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "varchar"
    names = {pa.bool_(): "boolean", pa.int32(): "integer", pa.int64(): "bigint", pa.date32(): "date"}
    return names.get(kind, str(kind))
