"""Whatever day a financial year ends on, every figure is that of the postings of the days it names."""

from __future__ import annotations

import calendar
import datetime as dt
import io
import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.output.summary import print_profit
from accbooks_warehouse.pipelines.queries.company_summary import year_result
from accbooks_warehouse.pipelines.queries.figures import Books, figures
from accbooks_warehouse.pipelines.report.headline import period_title
from accbooks_warehouse.pipelines.report.page import report_page
from rich.console import Console

YEAR_ENDS = ("03-31", "04-05", "05-15", "02-28", "02-29", "12-31")
FIRST, LAST = dt.date(2021, 6, 10), dt.date(2024, 6, 20)
"""The days of the first and the last posting; the books run to the end of June."""
REPORTED_ON = ("2022-01-10", "2023-03-10", "2024-03-10", "2024-04-30", "2024-05-10", "2024-06-10")
A_DAY = dt.timedelta(days=1)
Postings = Mapping[dt.date, Decimal]


def amounts(every: int, offset: int, factor: int) -> Postings:
    """An amount of its own on each of some days."""
    days = [FIRST + dt.timedelta(days=n) for n in range(offset, (LAST - FIRST).days + 1, every)]
    return {day: Decimal(1000 + (day.toordinal() * factor) % 99991) / 100 for day in days}


SALES, COSTS = amounts(1, 0, 7919), amounts(3, 1, 6151)


def total(postings: Postings, start: dt.date, end: dt.date) -> Decimal:
    """What was posted from one day to another."""
    return sum((amount for day, amount in postings.items() if start <= day <= end), Decimal(0))


def profit(start: dt.date, end: dt.date) -> Decimal:
    return total(SALES, start, end) - total(COSTS, start, end)


def in_month(year: int, month: int, day: int) -> dt.date:
    """A day of a month, or its last one where it has fewer."""
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def end_of_year(year_end: str, year: int) -> dt.date:
    month, day = map(int, year_end.split("-"))
    return in_month(year, month, day)


def year_of(year_end: str, day: dt.date) -> Days:
    """The financial year that a day lies in."""
    ends = [end_of_year(year_end, year) for year in (day.year - 2, day.year - 1, day.year, day.year + 1)]
    end = min(each for each in ends if each >= day)
    return Days(max(each for each in ends if each < end) + A_DAY, end)


def book(year_end: str) -> dict[str, Any]:
    """Sales and costs, all of them money, of one company."""
    record = {"account_id": 1, "vat_amount": 0}
    kinds = (("money_in", "4000", SALES), ("money_out", "7500", COSTS))
    return {
        "company": {"name": f"To {year_end}", "base_currency": "GBP", "financial_year_end": year_end},
        "bank_accounts": {1: "1200"},
        "accounts": {
            "1200": ["Bank", "current_assets"],
            "3200": ["Retained earnings", "capital_and_reserves"],
            "4000": ["Sales", "turnover"],
            "7500": ["Office costs", "overheads"],
        },
        "trial_balance": {"2024-05-31": {"1200": 0, "3200": 0, "4000": 0, "7500": 0}},
        "transactions": [
            record
            | {"id": f"{kind} {day}", "date": day, "type": kind, "nominal_code": code}
            | {"amount": amount, "net_amount": amount}
            for kind, code, postings in kinds
            for day, amount in postings.items()
        ],
    }


@pytest.fixture(scope="module")
def six(build_in: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One warehouse of six companies with the same postings, which end their years on six days."""
    built = build_in(tmp_path_factory.mktemp("six"), {each: book(each) for each in YEAR_ENDS})
    built.dbt("run")
    return built


@pytest.fixture(scope="module")
def warehouse(six: Any) -> Iterator[DuckDB]:
    warehouse = DuckDB(str(six.workspace / "accbooks.duckdb"))
    with warehouse.kept_open():
        yield warehouse
    warehouse.release()


@cache
def books_of(warehouse: DuckDB, company_id: str, day: str) -> Books:
    """What a report made on a day says."""
    now = dt.datetime.fromisoformat(f"{day}T09:30:00+00:00")
    books = figures(warehouse, company_id, [], now).books
    assert books is not None
    return books


def compared_days(year_end: str, as_at: dt.date) -> Days | None:
    """The days of the year before up to the same month-end, or to the end of that year."""
    before = year_of(year_end, year_of(year_end, as_at).start - A_DAY)
    end = min(in_month(as_at.year - 1, as_at.month, 31), before.end)
    return Days(before.start, end) if end >= before.start else None


@pytest.mark.parametrize(
    "reported_on",
    [*REPORTED_ON[::2], *(pytest.param(each, marks=pytest.mark.long) for each in REPORTED_ON[1::2])],
)
@pytest.mark.parametrize("year_end", YEAR_ENDS)
def test_a_report_is_of_the_days_since_the_year_end(
    warehouse: DuckDB, year_end: str, reported_on: str
) -> None:
    books = books_of(warehouse, year_end, reported_on)
    as_at = dt.date.fromisoformat(reported_on).replace(day=1) - A_DAY
    start = year_of(year_end, as_at).start
    assert books.period.days == Days(start, as_at)
    statement, flow, balances = books.profit_and_loss, books.cash_flow, books.balance_sheet
    assert flow is not None
    assert statement.value("turnover", "year") == total(SALES, start, as_at)
    assert statement.value("overheads", "year") == total(COSTS, start, as_at)
    assert statement.value("net_profit", "year") == profit(start, as_at)
    assert flow.value("net_change", "year") == profit(start, as_at)
    assert flow.value("opening_cash", "year") == profit(FIRST, start - A_DAY)
    assert flow.value("closing_cash", "year") == books.cash.total == profit(FIRST, as_at)
    assert flow.value("operating", "year") == profit(start, as_at)
    assert balances.value("net_assets", "balance") == profit(FIRST, as_at)
    before = compared_days(year_end, as_at)
    month_before = in_month(as_at.year - 1, as_at.month, 31)
    holds = before is not None and before.end >= FIRST.replace(day=1)
    assert (statement.has("year_before"), flow.has("year_before")) == (holds, holds)
    if before is not None and holds:
        assert books.period.before == before
        assert statement.value("turnover", "year_before") == total(SALES, before.start, before.end)
        assert statement.value("net_profit", "year_before") == profit(before.start, before.end)
        assert flow.value("net_change", "year_before") == profit(before.start, before.end)
        assert flow.value("opening_cash", "year_before") == profit(FIRST, before.start - A_DAY)
    assert balances.value("net_assets", "balance_before") == profit(FIRST, month_before)


@pytest.mark.parametrize("reported_on", REPORTED_ON)
@pytest.mark.parametrize("year_end", YEAR_ENDS)
def test_the_months_of_a_report_add_up_to_its_year(
    warehouse: DuckDB, year_end: str, reported_on: str
) -> None:
    books = books_of(warehouse, year_end, reported_on)
    months, days = books.months, books.period.days
    for month in months:
        start, end = month.days.start, month.days.end
        assert (month.income, month.costs) == (total(SALES, start, end), total(COSTS, start, end))
        assert year_of(year_end, start) == year_of(year_end, end)
    assert all(one.days.end + A_DAY == other.days.start for one, other in itertools.pairwise(months))
    assert months[-1].days.end == days.end
    assert sum(month.profit for month in months if month.days.start >= days.start) == profit(
        days.start, days.end
    )
    assert books.cash.balances[-1].amount == profit(FIRST, days.end)
    assert books.cash.balances[0].day == max(books.period.charted_from, FIRST)


TITLES = {
    "03-31": "Two months to 31 May 2024",
    "04-05": "6 April 2024 to 31 May 2024",
    "05-15": "16 May 2024 to 31 May 2024",
    "02-28": "29 February 2024 to 31 May 2024",
    "02-29": "Three months to 31 May 2024",
    "12-31": "Five months to 31 May 2024",
}
COVERED = {
    "03-31": "1 April 2024 to 31 May 2024, last year 1 April 2023 to 31 May 2023",
    "04-05": "6 April 2024 to 31 May 2024, last year 6 April 2023 to 31 May 2023",
    "05-15": "16 May 2024 to 31 May 2024, last year 16 May 2023 to 31 May 2023",
    "02-28": "29 February 2024 to 31 May 2024, last year 1 March 2023 to 31 May 2023",
    "02-29": "1 March 2024 to 31 May 2024, last year 1 March 2023 to 31 May 2023",
    "12-31": "1 January 2024 to 31 May 2024, last year 1 January 2023 to 31 May 2023",
}


@pytest.mark.parametrize("year_end", YEAR_ENDS)
def test_a_page_says_which_days_its_figures_cover(warehouse: DuckDB, year_end: str) -> None:
    found = figures(warehouse, year_end, [], dt.datetime(2024, 6, 10, 9, 30, tzinfo=dt.UTC))
    assert found.books is not None
    assert period_title(found.books) == TITLES[year_end]
    text = report_page(found)
    covered = f"GBP. Unaudited. The year to date is {COVERED[year_end]}.</caption>"
    assert f"<caption>Profit and loss, {covered}" in text
    assert f"<caption>Cash flow, {covered}" in text
    assert "<caption>Balance sheet at 31 May 2024 and a year before, GBP. Unaudited.</caption>" in text
    cut = {"04-05": "6 to 30 Apr 2024", "05-15": "16 to 31 May 2023", "02-28": "29 Feb 2024"}
    assert [days for days in cut.values() if f">{days}</th>" in text] == (
        [cut[year_end]] if year_end in cut else []
    )


@pytest.mark.parametrize("year_end", YEAR_ENDS)
def test_a_sync_prints_the_last_year_that_is_over_by_its_days(warehouse: DuckDB, year_end: str) -> None:
    console = Console(file=io.StringIO(), width=100, highlight=False)
    print_profit(console, year_result(warehouse, year_end))
    assert isinstance(console.file, io.StringIO)
    year = year_of(year_end, dt.date(2024, 6, 30))
    said = console.file.getvalue()
    assert f"Profit and loss, {year.start:%-d %B %Y} to {year.end:%-d %B %Y}" in said
    (printed,) = [line.split()[-1] for line in said.splitlines() if "Net profit" in line]
    assert printed == f"{profit(year.start, year.end):,.2f}"


def test_a_year_that_is_not_over_is_printed_as_such(
    warehouse: DuckDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "accbooks_warehouse.pipelines.queries.company_summary.is_over", lambda day: day < dt.date(2022, 4, 1)
    )
    console = Console(file=io.StringIO(), width=100, highlight=False)
    print_profit(console, year_result(warehouse, "04-05"))
    assert isinstance(console.file, io.StringIO)
    assert "Profit and loss, 6 April 2021 to 5 April 2022, not over yet" in console.file.getvalue()


@pytest.mark.parametrize("year_end", YEAR_ENDS)
def test_every_row_of_the_exports_is_of_the_days_it_names(warehouse: DuckDB, year_end: str) -> None:
    postings = {"4000": SALES, "7500": COSTS}
    for model in ("profit_and_loss", "profit_and_loss_by_financial_year", "profit_and_loss_comparative"):
        rows = warehouse.query(
            f"select nominal_code, period_start, period_end, amount from {warehouse.models}.{model}"
            " where company_id = %s",
            year_end,
        )
        assert len(rows) > 4
        for code, start, end, amount in rows:
            assert amount == total(postings[code], start, end), (model, code, start, end)
    years = warehouse.query(
        f"select distinct period_start, period_end from {warehouse.models}.profit_and_loss_by_financial_year"
        " where company_id = %s",
        year_end,
    )
    assert all(year_of(year_end, start) == Days(start, end) for start, end in years)


@pytest.mark.parametrize("year_end", YEAR_ENDS)
def test_a_year_to_date_is_compared_with_the_same_days_a_year_before(
    warehouse: DuckDB, year_end: str
) -> None:
    rows = warehouse.query(
        "select period_start, period_end, amount_last_year"
        f" from {warehouse.models}.profit_and_loss_comparative"
        " where company_id = %s and period_type = 'financial_year_to_date' and nominal_code = '4000'",
        year_end,
    )
    for start, end, before in rows:
        year = year_of(year_end, end)
        assert start == year.start
        former = year_of(year_end, start - A_DAY)
        until = former.end if end == year.end else min(in_month(end.year - 1, end.month, 31), former.end)
        held = until >= former.start and until >= FIRST.replace(day=1)
        assert before == (total(SALES, former.start, until) if held else None), (start, end)


@pytest.mark.parametrize("year_end", YEAR_ENDS)
def test_a_month_within_which_the_year_ends_says_so(warehouse: DuckDB, year_end: str) -> None:
    rows = warehouse.query(
        "select period_type, period_start, period_end, financial_year_start, financial_year_end,"
        f" crosses_year_end from {warehouse.models}.financial_periods where company_id = %s",
        year_end,
    )
    for kind, start, end, year_start, year_end_day, crosses in rows:
        assert year_of(year_end, year_start) == Days(year_start, year_end_day)
        inside = year_of(year_end, start) == year_of(year_end, end)
        assert crosses is (not inside), (kind, start, end)
    assert {kind for kind, *_, crosses in rows if crosses} <= {"month"}
