from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from accbooks_warehouse.emulator import reports
from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.chart import PROFIT_AND_LOSS
from accbooks_warehouse.emulator.generator import generate
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.emulator.years import add_months, year_start

Make = Callable[..., Any]
NOW = "2026-11-22T12:00:00Z"


def month_ends(books: Books, today: date) -> list[date]:
    first = date.fromisoformat(books.company["books_start_date"]).replace(day=1)
    starts = [add_months(first, month) for month in range(-3, 130)]
    return [start - timedelta(days=1) for start in starts if start <= add_months(today, 4)]


def amounts(report: dict[str, Any], *names: str) -> dict[str, tuple[Decimal, ...]]:
    return {line["nominal_code"]: tuple(line[name] for name in names) for line in report["lines"]}


def sections(report: dict[str, Any]) -> dict[str, dict[str | None, Decimal]]:
    return {
        section["category"]: {line["nominal_code"]: line["amount"] for line in section["lines"]}
        for section in report["sections"]
    }


@pytest.fixture(params=["03-31", "02-28", "02-29", "04-05", "12-31"], scope="module")
def ended(request: pytest.FixtureRequest) -> Books:
    return generate(Settings(today=date(2026, 11, 22), year_ends=(request.param,), seed=7))


def test_every_trial_balance_comes_to_nothing_and_adds_up(ended: Books, today: date) -> None:
    for day in month_ends(ended, today):
        report = reports.trial_balance(ended, day, NOW)
        assert report["total_debit"] == report["total_credit"]
        assert report["total_debit"] == sum(line["debit"] for line in report["lines"])
        assert all(not line["debit"] or not line["credit"] for line in report["lines"])


def test_every_balance_sheet_balances_and_adds_up(ended: Books, today: date) -> None:
    for day in month_ends(ended, today):
        report = reports.balance_sheet(ended, day, NOW)
        totals = {section["category"]: section["total"] for section in report["sections"]}
        lines = {category: sum(found.values()) for category, found in sections(report).items()}
        assert lines == totals
        assets = totals.get("fixed_assets", 0) + totals.get("current_assets", 0)
        owed = totals.get("current_liabilities", 0) + totals.get("long_term_liabilities", 0)
        assert report["net_assets"] == assets - owed == report["total_capital_and_reserves"]
        assert report["total_capital_and_reserves"] == totals["capital_and_reserves"]


def test_current_year_earnings_are_the_profit_since_the_year_began(ended: Books, today: date) -> None:
    for day in month_ends(ended, today):
        first = year_start(day, ended.company["financial_year_end"])
        profit = reports.profit_and_loss(ended, first, day, NOW)["net_profit"]
        assert sections(reports.balance_sheet(ended, day, NOW))["capital_and_reserves"][None] == profit


def test_a_year_end_moves_the_years_profit_into_the_retained_account(ended: Books, today: date) -> None:
    start = date.fromisoformat(ended.company["books_start_date"])
    first = year_start(today, ended.company["financial_year_end"])
    seen = 0
    while first > start:
        last = first - timedelta(days=1)
        profit = reports.profit_and_loss(
            ended, year_start(last, ended.company["financial_year_end"]), last, NOW
        )["net_profit"]
        before = sections(reports.balance_sheet(ended, last, NOW))["capital_and_reserves"]["3200"]
        after = sections(reports.balance_sheet(ended, first, NOW))["capital_and_reserves"]["3200"]
        assert after - before == profit
        first = year_start(last, ended.company["financial_year_end"])
        seen += 1
    assert seen == 3


def test_profit_and_loss_across_year_ends_is_the_sum_of_its_parts(ended: Books) -> None:
    days = [date(2024, 6, 17), date(2025, 1, 9), date(2026, 4, 20)]
    whole = reports.profit_and_loss(ended, days[0], days[2], NOW)
    parts = [
        reports.profit_and_loss(ended, days[0], days[1], NOW),
        reports.profit_and_loss(ended, days[1] + timedelta(days=1), days[2], NOW),
    ]
    assert whole["net_profit"] == sum(part["net_profit"] for part in parts)
    assert whole["gross_profit"] == sum(part["gross_profit"] for part in parts)


@pytest.mark.parametrize(
    ("month_day", "last", "first"),
    [
        ("02-28", "2024-02-28", "2024-02-29"),
        ("02-29", "2024-02-29", "2024-03-01"),
        ("02-29", "2023-02-28", "2023-03-01"),
        ("04-05", "2024-04-05", "2024-04-06"),
        ("12-31", "2024-12-31", "2025-01-01"),
        ("06-30", "2024-06-30", "2024-07-01"),
    ],
)
def test_the_day_after_the_year_end_begins_a_new_year(
    blank: Make, journal: Make, month_day: str, last: str, first: str
) -> None:
    books = blank(month_day)
    books.put("journals", journal(last, ("1200", "10.00"), ("4000", "-10.00")))
    books.put("journals", journal(first, ("1200", "3.00"), ("4000", "-3.00")))
    on_last = reports.trial_balance(books, date.fromisoformat(last), NOW)
    on_first = reports.trial_balance(books, date.fromisoformat(first), NOW)
    nothing = Decimal("0.00")
    assert amounts(on_last, "debit", "credit") == {
        "1200": (Decimal("10.00"), nothing),
        "4000": (nothing, Decimal("10.00")),
    }
    assert amounts(on_first, "debit", "credit") == {
        "1200": (Decimal("13.00"), nothing),
        "3200": (nothing, Decimal("10.00")),
        "4000": (nothing, Decimal("3.00")),
    }


def test_the_profit_and_loss_report_is_whole(blank: Make, journal: Make) -> None:
    books = blank()
    lines = (
        ("4000", "-100.00"),
        ("5000", "40.00"),
        ("4900", "-5.00"),
        ("7906", "-2.00"),
        ("7500", "9.50"),
        ("9000", "10.00"),
        ("1200", "47.50"),
    )
    books.put("journals", journal("2026-05-05", *lines))
    assert reports.profit_and_loss(books, date(2026, 5, 1), date(2026, 5, 31), NOW) == {
        "report": "profit-loss",
        "company_id": "comp_1",
        "currency": "GBP",
        "from": "2026-05-01",
        "to": "2026-05-31",
        "generated_at": NOW,
        "sections": [
            section("turnover", "Turnover", ("4000", "Sales of goods", "100.00")),
            section("cost_of_sales", "Cost of sales", ("5000", "Materials", "40.00")),
            section("other_income", "Other income", ("4900", "Interest received", "5.00")),
            section(
                "overheads",
                "Overheads",
                ("7500", "Stationery and postage", "9.50"),
                ("7906", "Exchange gains and losses", "-2.00"),
            ),
            section("taxation", "Taxation", ("9000", "Corporation tax charge", "10.00")),
        ],
        "gross_profit": Decimal("60.00"),
        "net_profit": Decimal("47.50"),
    }


def section(category: str, name: str, *lines: tuple[str | None, str, str]) -> dict[str, Any]:
    found = [
        {"nominal_code": code, "name": title, "amount": Decimal(amount)} for code, title, amount in lines
    ]
    total = sum((line["amount"] for line in found), Decimal("0.00"))
    return {"category": category, "name": name, "lines": found, "total": total}


def test_the_balance_sheet_is_whole_and_an_overdrawn_bank_stays_among_the_assets(
    blank: Make, journal: Make
) -> None:
    books = blank()
    books.put("journals", journal("2026-03-31", ("0030", "50.00"), ("4000", "-50.00")))
    books.put("journals", journal("2026-04-01", ("7500", "70.00"), ("1200", "-70.00")))
    assert reports.balance_sheet(books, date(2026, 4, 30), NOW) == {
        "report": "balance-sheet",
        "company_id": "comp_1",
        "currency": "GBP",
        "as_at": "2026-04-30",
        "generated_at": NOW,
        "sections": [
            section("fixed_assets", "Fixed assets", ("0030", "Office equipment", "50.00")),
            section("current_assets", "Current assets", ("1200", "Current account", "-70.00")),
            section(
                "capital_and_reserves",
                "Capital and reserves",
                ("3200", "Profit and loss account", "50.00"),
                (None, "Current year earnings", "-70.00"),
            ),
        ],
        "net_assets": Decimal("-20.00"),
        "total_capital_and_reserves": Decimal("-20.00"),
    }


def test_accounts_at_zero_show_only_when_asked_for(blank: Make, journal: Make) -> None:
    books = blank()
    books.put("journals", journal("2026-05-05", ("7500", "1.00"), ("1200", "-1.00")))
    books.put("journals", journal("2026-05-06", ("7500", "-1.00"), ("1200", "1.00")))
    without = reports.trial_balance(books, date(2026, 5, 31), NOW)
    shown = reports.trial_balance(books, date(2026, 5, 31), NOW, zeros=True)
    assert amounts(without, "debit") == {}
    assert amounts(shown, "debit") == {
        "1200": (Decimal("0.00"),),
        "7500": (Decimal("0.00"),),
        "3200": (Decimal("0.00"),),
    }


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("0999", "fixed_assets"),
        ("1555", "current_assets"),
        ("2299", "current_liabilities"),
        ("2500", "long_term_liabilities"),
        ("3999", "capital_and_reserves"),
        ("4321", "turnover"),
        ("4999", "other_income"),
        ("6001", "cost_of_sales"),
        ("8999", "overheads"),
        ("9500", "taxation"),
        ("X1", "overheads"),
    ],
)
def test_an_undeclared_nominal_gets_a_category_by_its_range(
    blank: Make, journal: Make, code: str, category: str
) -> None:
    books = blank()
    books.put("journals", journal("2026-05-05", (code, "1.00"), ("1200", "-1.00")))
    lines = reports.trial_balance(books, date(2026, 5, 31), NOW)["lines"]
    found = [(line["name"], line["category"]) for line in lines if line["nominal_code"] == code]
    assert found == [(f"Nominal {code}", category)]
    assert (category in PROFIT_AND_LOSS) == (code in ("4321", "4999", "6001", "8999", "9500", "X1"))
