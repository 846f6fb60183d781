"""The months and financial years of a company's books."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import Warehouse


def months(warehouse: Warehouse, company_id: str) -> list[Days]:
    """Return the months of the books, the earliest first."""
    rows = warehouse.query(
        f"select month_start, month_end from {warehouse.models}.months where company_id = %s order by 1",
        company_id,
    )
    return [Days(*row) for row in rows]


def all_months(warehouse: Warehouse) -> dict[str, list[Days]]:
    """Return the months of the books of each company, the earliest first."""
    return _by_company(
        warehouse.query(
            f"select company_id, month_start, month_end from {warehouse.models}.months order by 2"
        )
    )


def all_financial_years(warehouse: Warehouse) -> dict[str, list[Days]]:
    """Return the financial years of each company whose ends are known, the earliest first."""
    return _by_company(
        warehouse.query(
            "select company_id, financial_year_start, financial_year_end "
            f"from {warehouse.models}.financial_years where is_year_end_known order by 2"
        )
    )


def _by_company(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[Days]]:
    found: defaultdict[str, list[Days]] = defaultdict(list)
    for company_id, start, end in rows:
        found[company_id].append(Days(start, end))
    return found


def financial_years(warehouse: Warehouse, company_id: str) -> list[Days]:
    """Return the financial years whose ends are known, the earliest first."""
    rows = warehouse.query(
        f"select financial_year_start, financial_year_end from {warehouse.models}.financial_years "
        "where company_id = %s and is_year_end_known order by 1",
        company_id,
    )
    return [Days(*row) for row in rows]


def financial_year_start(warehouse: Warehouse, company_id: str, day: dt.date) -> dt.date | None:
    """Return the first day of the financial year of a day; None if the books have no such year.

    Its end need not be known.
    """
    rows = warehouse.query(
        f"select financial_year_start from {warehouse.models}.financial_years where company_id = %s "
        "and financial_year_start <= %s and financial_year_end >= %s",
        *(company_id, day, day),
    )
    return rows[0][0] if rows else None
