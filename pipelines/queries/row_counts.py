"""Count a company's rows in raw tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accbooks_warehouse.pipelines.destinations import MEMBERS, Warehouse

TABLES_AT_ONCE = 3
"""Tables asked about in one query: each takes memory, and a group of companies has as little as a load."""


def row_counts(warehouse: Warehouse, tables: Sequence[str], company_id: str) -> Mapping[str, int]:
    """Return how many rows of a company each of these raw tables has."""
    counts = dict.fromkeys(tables, 0)
    for start in range(0, len(tables), TABLES_AT_ONCE):
        sql = " union all ".join(
            f"select company_id, '{table}', count(*) from {warehouse.raw}.{table} "
            f"where company_id in ({MEMBERS}) group by company_id"
            for table in tables[start : start + TABLES_AT_ONCE]
        )
        counts |= {table: int(rows) for table, rows in warehouse.query_of(company_id, sql)}
    return counts
