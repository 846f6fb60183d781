"""The months and financial years of a company's books."""

from __future__ import annotations

from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import Warehouse


def months(warehouse: Warehouse, company_id: str) -> list[Days]:
    """Return the months of the books, the earliest first."""
    rows = warehouse.query(
        f"select month_start, month_end from {warehouse.models}.months where company_id = %s order by 1",
        company_id,
    )
    return [Days(*row) for row in rows]


def financial_years(warehouse: Warehouse, company_id: str) -> list[Days]:
    """Return the financial years whose ends are known, the earliest first."""
    rows = warehouse.query(
        f"select financial_year_start, financial_year_end from {warehouse.models}.financial_years "
        "where company_id = %s and is_year_end_known order by 1",
        company_id,
    )
    return [Days(*row) for row in rows]
