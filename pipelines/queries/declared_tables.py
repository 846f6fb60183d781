"""Create the raw tables that no load fills, as their columns are declared."""

from __future__ import annotations

from collections.abc import Mapping

from accbooks_warehouse.pipelines.destinations import RAW, Warehouse, placeholders


def make_declared_tables(warehouse: Warehouse, tables: Mapping[str, Mapping[str, str]]) -> None:
    """Create the tables, or columns of them, that a warehouse lacks, because models read them.

    `tables` has the columns of each and their types, as both databases write them. The raw schema has to
    exist.
    """
    rows = warehouse.query(
        "select table_name, column_name from information_schema.columns "
        f"where table_schema = %s and table_name in ({placeholders([*tables])})",
        RAW,
        *tables,
    )
    present: dict[str, set[str]] = {}
    for name, column in rows:
        present.setdefault(name, set()).add(column)
    statements = []
    for name, columns in tables.items():
        table = f"{warehouse.raw}.{name}"
        if name not in present:
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            statements.append(f"create table if not exists {table} ({listed})")
            continue
        statements += [
            f"alter table {table} add column if not exists {column} {kind}"
            for column, kind in columns.items()
            if column not in present[name]
        ]
    if statements:
        with warehouse.defining():
            for statement in statements:
                warehouse.execute(statement)
