"""How many rows raw tables hold of a company."""

from __future__ import annotations

from accbooks_warehouse.pipelines.destinations import Warehouse


def row_count(warehouse: Warehouse, table: str, company_id: str) -> int:
    """Return how many rows a raw table holds of a company."""
    ((rows,),) = warehouse.query(
        f"select count(*) from {warehouse.raw}.{table} where company_id = %s", company_id
    )
    return int(rows)
