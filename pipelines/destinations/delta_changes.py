"""Write rows into a Delta table: what a load replaces, compared with what the table has.

A merge of Delta that deletes what is not in its source reads the whole table, of all companies. So the rows
that differ are found first: the companies' keys and hashes are read, from their own files, and compared by
DuckDB, in the same words as in a DuckDB warehouse. Then one commit writes what differs, or none does.
"""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from accbooks_warehouse.pipelines.destinations.delta_tables import in_quotes, read
from accbooks_warehouse.pipelines.destinations.lake import PARTITION
from deltalake import DeltaTable, Field, write_deltalake
from dlt.common.schema.utils import get_columns_names_with_prop, get_first_column_name_with_prop

import duckdb

SOURCE, TARGET, GONE, NUMBER = "loaded_rows", "held_rows", "_is_gone", "_row_number"
WORD = re.compile(r"\w+")
OWN = re.compile(r"company_id = '((?:[^']|'')*)'")
"""How a scope names a company; see `of_company`."""
IN_LOADED = re.compile(r"(?P<column>\w+) in \(select (?P=column) from \{staging_table\} where (?P<own>.+?)\)")


def add_rows(location: str, options: dict[str, str], rows: pa.Table) -> None:
    """Add rows to a table; makes the table, and the columns that it lacks."""
    if not rows.num_rows and DeltaTable.is_deltatable(location, options):
        return
    write_deltalake(
        location,
        _plain(rows),
        mode="append",
        schema_mode="merge",
        partition_by=[PARTITION] if PARTITION in rows.column_names else None,
        storage_options=options,
    )


def replace_rows(location: str, options: dict[str, str], rows: pa.Table, hints: Any) -> None:
    """Replace what the hints of dlt's merge say by rows; see `sources.accbooks.tables.merge`."""
    rows = _plain(rows)
    if not DeltaTable.is_deltatable(location, options):
        add_rows(location, options, rows)
        return
    table = DeltaTable(location, storage_options=options)
    existing = {field.name for field in table.schema().fields}
    missing = [
        Field.from_arrow(field.with_nullable(True)) for field in rows.schema if field.name not in existing
    ]
    if missing:
        table.alter.add_columns(missing)
    key = get_columns_names_with_prop(hints, "primary_key")
    scope = str(hints["x-merge-destination-scope"])
    version = get_first_column_name_with_prop(hints, "x-row-version")
    if hints["x-merge-strategy"] == "delete-insert" or version is None:
        _write_anew(table, rows, key, scope)
    else:
        _write_changes(table, rows, key, version, scope)


def _plain(rows: pa.Table) -> pa.Table:
    """Return rows without dictionaries, which Delta does not have."""
    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in rows.schema
    ]
    return rows.cast(pa.schema(fields))


def _write_changes(table: DeltaTable, rows: pa.Table, key: list[str], version: str, scope: str) -> None:
    """Delete what is in the scope and not among the rows, and write rows that are new or changed."""
    changed, gone = _differences(table, rows, key, version, scope)
    if not changed.num_rows and not gone.num_rows:
        return
    columns = rows.column_names
    source = pa.concat_tables(
        [
            changed.append_column(GONE, pa.repeat(pa.scalar(value=False), changed.num_rows)),
            gone.append_column(GONE, pa.repeat(pa.scalar(value=True), gone.num_rows)),
        ],
        promote_options="default",
    )
    source = source.cast(pa.schema([field.with_nullable(True) for field in source.schema]))
    same = [f"target.`{column}` = source.`{column}`" for column in key]
    companies = _companies_of(source)
    values = {f"`{column}`": f"source.`{column}`" for column in columns}
    merge = table.merge(
        source=source,
        predicate=" and ".join([_one_of(f"target.{PARTITION}", companies), *same]),
        source_alias="source",
        target_alias="target",
        streamed_exec=False,
    )
    merge = merge.when_matched_delete(predicate=f"source.{GONE}")
    merge = merge.when_matched_update(updates=values)
    merge.when_not_matched_insert(updates=values, predicate=f"not source.{GONE}").execute()


def _differences(
    table: DeltaTable, rows: pa.Table, key: list[str], version: str, scope: str
) -> tuple[pa.Table, pa.Table]:
    """Return the rows that are new or changed, and the keys of the held rows that are gone."""
    words = set(WORD.findall(scope))
    compared = [name for name in rows.column_names if name in {*key, version, PARTITION} | words]
    companies = sorted({*_companies_of(rows), *_companies_in(scope)})
    names = ", ".join(f'"{name}"' for name in compared)
    stored = read(f"select {names} from stored where {_one_of(PARTITION, companies)}", stored=table)
    loaded = rows.select(compared).append_column(NUMBER, pa.array(range(rows.num_rows), pa.int64()))
    condition = scope.format(staging_table=SOURCE, table=TARGET)
    keys = ", ".join(f'"{name}"' for name in key)
    same = " and ".join(f'{SOURCE}."{name}" = {TARGET}."{name}"' for name in key)
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.register(SOURCE, loaded)
        connection.register(TARGET, stored)
        changed = connection.sql(
            f"""
            select {NUMBER} from {SOURCE}
            where not exists (
                select 1 from {TARGET} where {same} and {SOURCE}."{version}" = {TARGET}."{version}"
            )
            order by 1
            """
        ).to_arrow_table()
        gone = connection.sql(
            f"select {keys} from {TARGET} "
            f"where ({condition}) and not exists (select 1 from {SOURCE} where {same})"
        ).to_arrow_table()
    return rows.take(changed[NUMBER]), gone


def _write_anew(table: DeltaTable, rows: pa.Table, key: list[str], scope: str) -> None:
    """Delete everything in the scope, and the rows with these keys, and add the rows."""
    predicate = IN_LOADED.sub(lambda found: _in_loaded(found, rows), scope).format(table="target")
    for each in _outside(rows, scope).select(key).to_pylist():
        predicate += f" or ({' and '.join(f'`{name}` = {_literal(each[name])}' for name in key)})"
    if rows.num_rows:
        write_deltalake(table, rows, mode="overwrite", predicate=predicate, schema_mode="merge")
    else:
        table.delete(predicate)


def _outside(rows: pa.Table, scope: str) -> pa.Table:
    """Return the rows that a scope does not have: Delta refuses to add them in place of what it has."""
    numbered = rows.append_column(NUMBER, pa.array(range(rows.num_rows), pa.int64()))
    with duckdb.connect() as connection:
        connection.register(SOURCE, numbered)
        found = connection.sql(
            f"select {NUMBER} from {SOURCE} "
            f"where not coalesce({scope.format(staging_table=SOURCE, table=SOURCE)}, false)"
        ).to_arrow_table()
    return rows.take(found[NUMBER])


def _in_loaded(found: re.Match[str], rows: pa.Table) -> str:
    """Return as a list what a scope asks of the loaded rows: Delta has no subqueries."""
    own = pc.is_in(rows[PARTITION], value_set=pa.array(_companies_in(found["own"]), pa.string()))
    values = rows.filter(own)[found["column"]].unique().to_pylist()
    return _one_of(found["column"], [str(value) for value in values]).replace("{", "{{").replace("}", "}}")


def _companies_of(rows: pa.Table) -> list[str]:
    return [str(each) for each in rows[PARTITION].unique().to_pylist()]


def _companies_in(scope: str) -> list[str]:
    """Return the companies that a scope names, as it is before dlt formats it."""
    found = OWN.findall(scope)
    return [each.replace("''", "'").replace("{{", "{").replace("}}", "}") for each in found]


def _one_of(column: str, values: list[str]) -> str:
    return f"{column} in ({', '.join(map(_literal, values))})" if values else "1 = 0"


def _literal(value: Any) -> str:
    """Return a text, a number or a day as Delta's predicates write it."""
    return str(value) if isinstance(value, int) else in_quotes(str(value))
