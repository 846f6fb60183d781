"""VAT returns by every scheme, worked out by hand in vat_books.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

BOOKS = yaml.safe_load((Path(__file__).parent / "vat_books.yml").read_text())


@pytest.fixture(scope="module")
def vat_books(empty_warehouse: Any, put_books: Any) -> Any:
    put_books(empty_warehouse, BOOKS)
    empty_warehouse.dbt("run")
    return empty_warehouse


def boxes(warehouse: Any, company: str) -> dict[tuple[str, str], dict[str, str]]:
    """The amounts of the boxes that are not zero, by the days of the period."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for start, end, box, amount in warehouse.rows(
        "select period_start, period_end, box, amount from vat_return"
        f" where company_id = '{company}' order by period_start, box"
    ):
        period = found.setdefault((start, end), {})
        if amount != "0.00":
            period[box] = amount
    return found


def test_print(vat_books: Any) -> None:
    for company in BOOKS:
        print(company, boxes(vat_books, company))
    for row in vat_books.rows("select company_id, period_end, box, tax_date, amount, kind, reason, source_id from vat_return_lines order by 1,2,3,4,5"):
        print(row)
    for row in vat_books.rows("select company_id, period_end, kind, posting_date, source_id, amount, note from vat_return_notes order by 1,2,3,4,5"):
        print(row)
    for row in vat_books.rows("select company_id, check_name, message from findings where check_name not in ('comparison_overdue', 'report_differs', 'not_compared', 'invoice_not_found')"):
        print(row)
    assert 0
