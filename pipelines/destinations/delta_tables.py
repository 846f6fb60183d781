"""dlt's own tables in a lakehouse: loads, states of pipelines, versions of the schema.

Other destinations have the same tables with the same columns. A load counts once its row is in the table of
loads, which is written last, as one commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa
from accbooks_warehouse.pipelines.destinations.lake import PARTITION, columns_of
from deltalake import DeltaTable, Field, QueryBuilder, Schema, write_deltalake
from deltalake.exceptions import CommitFailedError
from deltalake.schema import PrimitiveType
from dlt.common.schema.typing import TColumnSchema, TTableSchemaColumns

MOMENT = pa.timestamp("us", tz="UTC")
LOADS_COLUMNS = columns_of(
    load_id=pa.string(),
    schema_name=pa.string(),
    status=pa.int64(),
    inserted_at=MOMENT,
    schema_version_hash=pa.string(),
)
STATES_COLUMNS = columns_of(
    version=pa.int64(),
    engine_version=pa.int64(),
    pipeline_name=pa.string(),
    state=pa.string(),
    created_at=MOMENT,
    version_hash=pa.string(),
    _dlt_load_id=pa.string(),
    _dlt_id=pa.string(),
)
VERSIONS_COLUMNS = columns_of(
    version=pa.int64(),
    engine_version=pa.int64(),
    inserted_at=MOMENT,
    schema_name=pa.string(),
    version_hash=pa.string(),
    schema=pa.string(),
)


TYPES = {"text": "string", "json": "string", "bigint": "long", "bool": "boolean"}
"""Delta's names of dlt's types, where they differ."""


def make_table(location: str, options: dict[str, str], columns: TTableSchemaColumns) -> None:
    """Make an empty table, or add the columns that it lacks; another process may do the same."""
    fields = [_field(column) for column in columns.values()]
    if not DeltaTable.is_deltatable(location, options):
        with suppress(CommitFailedError):  # another process was faster
            DeltaTable.create(
                location,
                Schema(fields),
                mode="ignore",
                partition_by=[PARTITION] if PARTITION in columns else None,
                storage_options=options,
            )
    table = DeltaTable(location, storage_options=options)
    existing = {field.name for field in table.schema().fields}
    if missing := [field for field in fields if field.name not in existing]:
        table.alter.add_columns(missing)


def _field(column: TColumnSchema) -> Field:
    kind = str(column["data_type"])
    if kind == "decimal":
        kind = f"decimal({column.get('precision', 38)},{column.get('scale', 9)})"
    return Field(str(column["name"]), PrimitiveType(TYPES.get(kind, kind)))


def append_rows(
    location: str, options: dict[str, str], columns: pa.Schema, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Add rows to a table, as one commit; makes the table."""
    data = pa.Table.from_pylist([dict(each) for each in rows], schema=columns)
    write_deltalake(location, data, mode="append", storage_options=options)


def newest_state(
    states: str, loads: str, options: dict[str, str], pipeline_name: str
) -> dict[str, Any] | None:
    """Return the state of a pipeline after its last complete load; None if it has none."""
    if not all(DeltaTable.is_deltatable(each, options) for each in (states, loads)):
        return None
    rows = rows_of(
        f"""
        select states.version, states.engine_version, states.pipeline_name, states.state, states.created_at,
            states.version_hash, states._dlt_load_id
        from states inner join loads on states._dlt_load_id = loads.load_id
        where states.pipeline_name = {in_quotes(pipeline_name)} and loads.status = 0
        order by loads.load_id desc limit 1
        """,
        states=DeltaTable(states, storage_options=options),
        loads=DeltaTable(loads, storage_options=options),
    )
    return rows[0] if rows else None


def newest_version(
    versions: str, options: dict[str, str], version_hash: str | None, schema_name: str | None
) -> dict[str, Any] | None:
    """Return a version of a schema: the one with a hash, or else the last one, of a name or of any."""
    if not DeltaTable.is_deltatable(versions, options):
        return None
    column, value = ("version_hash", version_hash) if version_hash else ("schema_name", schema_name)
    wanted = f"{column} = {in_quotes(value)}" if value else "1 = 1"
    rows = rows_of(
        "select version_hash, schema_name, version, engine_version, inserted_at, schema from versions "
        f"where {wanted} order by inserted_at desc limit 1",
        versions=DeltaTable(versions, storage_options=options),
    )
    return rows[0] if rows else None


def read(sql: str, **tables: DeltaTable) -> pa.Table:
    """Return what a query of Delta tables answers, asked without the engine."""
    builder = QueryBuilder()
    for name, table in tables.items():
        builder.register(name, table)
    return pa.table(builder.execute(sql).read_all())


def rows_of(sql: str, **tables: DeltaTable) -> list[dict[str, Any]]:
    """Return the rows of such a query."""
    found: list[dict[str, Any]] = read(sql, **tables).to_pylist()
    return found


def in_quotes(text: str) -> str:
    """Return a text as the library of Delta reads it."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
