"""A budget beside the profit and loss, and the lines of a configured layout, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from accbooks_warehouse.pipelines.configuration import file_variables

pytestmark = [pytest.mark.long, pytest.mark.nightly_on("postgres")]

MODELS = ("run", "--select", "+profit_and_loss_budget", "+statement_lines")
ACCOUNTS = {
    "1200": ["Current account", "current_assets"],
    "3000": ["Ordinary shares", "capital_and_reserves"],
    "4000": ["Sales", "turnover"],
    "4010": ["Repairs", "turnover"],
    "7100": ["Rent", "overheads"],
}
FILES = {
    "budgets": [
        {
            "company_id": "a",
            "nominal_code": code,
            "month": month,
            "amount": amount,
            "category": category,
            "name": name,
        }
        for code, month, amount, category, name in (
            ("4000", "2024-02-01", "1000.00", None, None),
            ("7100", "2024-02-01", "250.00", None, None),
            ("7900", "2024-02-01", "40.00", "overheads", "Training"),
            ("7100", "2024-03-01", "250.00", None, None),
        )
    ],
    "statement_layout": [
        {
            "statement": statement,
            "nominal_from": first,
            "nominal_to": last,
            "category": category,
            "line": line,
            "line_order": order,
            "subtotal": subtotal,
        }
        for statement, first, last, category, line, order, subtotal in (
            ("profit_and_loss", "4010", "4019", None, "Service", 30, "Income"),
            ("profit_and_loss", None, None, "turnover", "Goods", 20, "Income"),
            ("profit_and_loss", "710", "799", None, "Three digits", 10, None),
            ("balance_sheet", "1200", None, None, "Bank", 10, None),
        )
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def planned(empty_warehouse: Any, put_books: Callable[[Any, Mapping[str, Any]], None]) -> Any:
    """Books with sales of 900.00 and rent of 300.00 in February, and repairs of 50.00 in January."""
    journals = [
        {
            "id": f"j{number}",
            "date": date,
            "type": "manual",
            "lines": [[code, debit, credit], ["1200", credit, debit]],
        }
        for number, (date, code, debit, credit) in enumerate(
            (
                ("2024-01-10", "4010", 0, 50),
                ("2024-02-10", "4000", 0, 900),
                ("2024-02-20", "7100", 300, 0),
            )
        )
    ]
    book = {
        "company": {"base_currency": "GBP", "financial_year_end": "12-31"},
        "accounts": ACCOUNTS,
        "journals": journals,
        "trial_balance": {"2024-03-31": dict.fromkeys(ACCOUNTS, 0)},
    }
    put_books(empty_warehouse, {"a": book})
    empty_warehouse.insert(FILES)
    empty_warehouse.dbt(*MODELS, variables=file_variables(("budgets", "statement_layout")))
    return empty_warehouse


def test_a_variance_is_negative_where_it_is_bad_for_the_profit(planned: Any) -> None:
    assert planned.rows(
        "select period_start, period_end, nominal_code, name, category, amount, budget, variance "
        "from profit_and_loss_budget order by period_start, nominal_code"
    ) == [
        ("2024-02-01", "2024-02-29", "4000", "Sales", "turnover", "900.00", "1000.00", "-100.00"),
        ("2024-02-01", "2024-02-29", "4010", "Repairs", "turnover", "0.00", "0.00", "0.00"),
        ("2024-02-01", "2024-02-29", "7100", "Rent", "overheads", "300.00", "250.00", "-50.00"),
        ("2024-02-01", "2024-02-29", "7900", "Training", "overheads", "0.00", "40.00", "40.00"),
        ("2024-03-01", "2024-03-31", "4000", "Sales", "turnover", "0.00", "0.00", "0.00"),
        ("2024-03-01", "2024-03-31", "4010", "Repairs", "turnover", "0.00", "0.00", "0.00"),
        ("2024-03-01", "2024-03-31", "7100", "Rent", "overheads", "0.00", "250.00", "250.00"),
    ]


def test_a_range_of_accounts_comes_before_a_category_and_no_account_is_lost(planned: Any) -> None:
    assert planned.rows(
        "select statement, nominal_code, line, line_order, subtotal from statement_lines "
        "order by nominal_code"
    ) == [
        ("balance_sheet", "1200", "Bank", "10", None),
        ("balance_sheet", "3000", None, None, None),
        ("profit_and_loss", "4000", "Goods", "20", "Income"),
        ("profit_and_loss", "4010", "Service", "30", "Income"),
        ("profit_and_loss", "7100", None, None, None),
    ]
