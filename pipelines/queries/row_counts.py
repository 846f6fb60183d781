"""Count a company's rows in raw tables."""

from __future__ import annotations

from accbooks_warehouse.pipelines.destinations import Warehouse


def row_count(warehouse: Warehouse, table: str, company_id: str) -> int:
    """Return how many rows of a company a raw table has."""
    ((rows,),) = warehouse.query(
        f"select count(*) from {warehouse.raw}.{table} where company_id = %s", company_id
    )
    return int(rows)
