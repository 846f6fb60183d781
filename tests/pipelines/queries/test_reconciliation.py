"""What is known of a line that differs."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from accbooks_warehouse.pipelines.queries.reconciliation import Line

LINES = [
    Line(
        "comp_1",
        "profit_loss",
        dt.date(2026, 3, 1),
        dt.date(2026, 3, 31),
        "4000",
        Decimal("1000.10"),
        Decimal("900.00"),
        Decimal("100.10"),
        "mismatch",
        None,
    ),
    Line(
        "comp_1",
        "balance_sheet",
        None,
        dt.date(2026, 3, 31),
        None,
        None,
        Decimal("-5.00"),
        Decimal("5.00"),
        "missing_in_api",
        "unexplained",
    ),
]


def test_a_period_is_named_for_people() -> None:
    assert [line.period for line in LINES] == ["2026-03-01 to 2026-03-31", "at 2026-03-31"]


def test_a_line_is_open_as_long_as_nothing_explains_it_for_certain() -> None:
    causes = (None, "unexplained", "in_flight", "rejected_record", "document_finding", "unmapped_account")
    lines = [replace(LINES[0], cause=cause) for cause in causes]
    assert [line.is_open for line in lines] == [True, True, True, False, True, False]


def test_a_line_is_known_by_its_report_its_dates_and_its_account() -> None:
    assert [line.key for line in LINES] == [
        ("profit_loss", dt.date(2026, 3, 1), dt.date(2026, 3, 31), "4000"),
        ("balance_sheet", None, dt.date(2026, 3, 31), None),
    ]
