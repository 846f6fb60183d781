"""Maintain indexes and statistics of the raw tables in PostgreSQL after a load.

DuckDB needs neither: it keeps the smallest and largest value of every block, and its own statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from accbooks_warehouse.pipelines.destinations.base import MODELS, RAW, STAGING
from dlt.common.schema import Schema
from dlt.destinations.sql_client import SqlClientBase

COMPANY = "company_id"
ALSO_BY: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "transactions": ((COMPANY, "invoice_id"),),
    "sync_windows": ((COMPANY, "resource"),),
}
"""Columns that the models join or filter by, besides keys and dates."""
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('accbooks: indexes of the raw tables'))"

CHANGED = """
    select relname from pg_stat_user_tables
    where
        schemaname = %s
        and (
            (last_analyze is null and last_autoanalyze is null)
            or n_mod_since_analyze * 20 > n_live_tup
        )
"""
"""Tables without statistics, or with changes in more than a twentieth of the rows since."""


OURS = """
    select
        quote_ident(schemas.nspname) || '.' || quote_ident(tables.relname),
        pg_total_relation_size(tables.oid)
    from pg_class as tables
    inner join pg_namespace as schemas on tables.relnamespace = schemas.oid
    where
        tables.relkind = 'r'
        and (schemas.nspname in (%s, %s, %s) or starts_with(schemas.nspname, %s))
        and pg_has_role(tables.relowner, 'usage')
    order by 1
"""
"""The tables of our schemas that we own, and the bytes of each with its indexes and long values."""


def size_of_tables(client: SqlClientBase[Any]) -> int:
    """Return the bytes of all our tables."""
    return sum(size for _, size in _ours(client))


def vacuum_tables(client: SqlClientBase[Any]) -> None:
    """Vacuum and analyze all our tables, each in a transaction of its own."""
    for table, _ in _ours(client):
        client.execute_sql(f"vacuum (analyze) {table}")


def _ours(client: SqlClientBase[Any]) -> list[tuple[str, int]]:
    rows = client.execute_sql(OURS, RAW, STAGING, MODELS, f"{RAW}_staging")
    return [(str(table), int(size)) for table, size in rows or ()]


def maintain_raw_tables(client: SqlClientBase[Any], schema: Schema) -> None:
    """Create missing indexes, then update the tables' statistics.

    Indexes are created after the load, because rows load faster without them; later loads keep them. Without
    statistics of the new rows the planner would join them by nested loops.
    """
    _make_indexes(client, schema)
    ours = {table["name"] for table in schema.data_tables()}
    changed = {str(name) for (name,) in client.execute_sql(CHANGED, client.dataset_name) or ()} & ours
    if changed:
        client.execute_sql(f"analyze {', '.join(map(client.make_qualified_table_name, sorted(changed)))}")


def wanted_indexes(schema: Schema) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each table and the columns of an index on it: the merge key, dates, and ALSO_BY."""
    for table in schema.data_tables():
        name, columns = str(table["name"]), table["columns"]
        if key := tuple(column for column, hints in columns.items() if hints.get("primary_key")):
            yield name, key
        if "date" in columns:
            yield name, (COMPANY, "date")
        for others in ALSO_BY.get(name, ()):
            yield name, others


def index_name(table: str, columns: tuple[str, ...]) -> str:
    """Return the name of an index, which is always the same for the same columns."""
    return f"{table}_by_{'_'.join(columns)}"


def _make_indexes(client: SqlClientBase[Any], schema: Schema) -> None:
    wanted = {index_name(table, columns): (table, columns) for table, columns in wanted_indexes(schema)}
    if wanted.keys() <= _held(client):
        return
    with client.begin_transaction():
        client.execute_sql(ONE_AT_A_TIME)  # another company's run may do the same
        for name in wanted.keys() - _held(client):
            table, columns = wanted[name]
            quoted = ", ".join(client.escape_column_name(column) for column in columns)
            client.execute_sql(
                f"create index {client.escape_column_name(name)}"
                f" on {client.make_qualified_table_name(table)} ({quoted})"
            )


def _held(client: SqlClientBase[Any]) -> set[str]:
    rows = client.execute_sql("select indexname from pg_indexes where schemaname = %s", client.dataset_name)
    return {str(name) for (name,) in rows or ()}
