"""Count a company's rows in raw tables."""

from __future__ import annotations

from accbooks_warehouse.pipelines.destinations import Warehouse


def row_count(warehouse: Warehouse, table: str, company_id: str) -> int:
    """Return how many rows of a company a raw table has."""
    found = warehouse.query_of(
        company_id,
        f"select company_id, count(*) from {warehouse.raw}.{table} "
        "where company_id in ($members) group by company_id",
    )
    return sum(int(rows) for (rows,) in found)
