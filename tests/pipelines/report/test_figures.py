"""The figures of a report, from tables filled by hand."""

import datetime as dt
from decimal import Decimal

import pytest

from pipelines.errors import WarehouseError
from pipelines.report.cash import Balance, BankAccount
from pipelines.report.debts import SHOWN, Debtor, Debts
from pipelines.report.figures import require_models
from pipelines.report.period import Period, reporting_period
from pipelines.report.profit import Month
from pipelines.report.statement import Row
from pipelines.report.words import months

YEAR = "financial_year_to_date"
ZERO = Decimal(0)


@pytest.fixture
def found(figures_of, books):
    """The figures of the books of two months, as on 10 June."""
    return figures_of(books)


def test_a_report_covers_the_financial_year_up_to_the_last_month_that_is_over(make_house, books):
    house = make_house(books)
    start, april, may = dt.date(2026, 4, 1), dt.date(2026, 4, 30), dt.date(2026, 5, 31)
    period = Period(YEAR, start, may, is_over=True)
    assert reporting_period(house, "c", dt.date(2026, 6, 30)) == period
    assert (period.months, period.year_before) == (2, dt.date(2025, 5, 31))
    assert (period.first_month, period.first_month_before) == (start, dt.date(2025, 4, 1))
    young = Period(YEAR, start, april, is_over=False)
    assert reporting_period(house, "c", dt.date(2026, 4, 30)) == young
    assert reporting_period(house, "nobody", dt.date(2026, 4, 30)) is None


def test_a_year_end_that_is_not_known_leaves_the_last_month_alone(figures_of, books):
    books["accbooks.financial_years"] = [("c", dt.date(2026, 4, 1), dt.date(2026, 6, 30), False)]
    found = figures_of(books)
    assert found.books.period == Period("month", dt.date(2026, 5, 1), dt.date(2026, 5, 31), is_over=True)
    assert found.books.profit_and_loss.net_profit == Row("result", "Net profit", Decimal("2000.20"))


def test_a_leap_day_has_the_end_of_february_a_year_before():
    period = Period(YEAR, dt.date(2024, 2, 29), dt.date(2024, 2, 29), is_over=True)
    assert period.year_before == dt.date(2023, 2, 28)
    assert period.first_month_before == dt.date(2023, 2, 1)
    assert period.months == 1


def test_a_year_that_begins_late_in_a_month_begins_with_the_next_one():
    leap = Period(YEAR, dt.date(2024, 2, 29), dt.date(2025, 2, 28), is_over=True)
    assert (leap.first_month, leap.first_month_before) == (dt.date(2024, 3, 1), dt.date(2023, 3, 1))
    assert (months(leap.months), leap.year_before) == ("Year", dt.date(2024, 2, 29))
    early = Period(YEAR, dt.date(2025, 4, 6), dt.date(2026, 3, 31), is_over=True)
    assert (months(early.months), early.first_month) == ("Year", dt.date(2025, 4, 1))


def test_the_profit_and_loss_adds_up_and_leaves_out_what_was_never_moved(found):
    assert found.books.profit_and_loss.rows == (
        Row("heading", "Turnover"),
        Row("line", "Sales", Decimal("3000.30"), Decimal("1500.15"), "4000"),
        Row("total", "Total turnover", Decimal("3000.30"), Decimal("1500.15")),
        Row("result", "Gross profit", Decimal("3000.30"), Decimal("1500.15")),
        Row("heading", "Overheads"),
        Row("line", "Rent", Decimal("400.05"), Decimal("2000.00"), "7100"),
        Row("total", "Total overheads", Decimal("400.05"), Decimal("2000.00")),
        Row("result", "Net profit", Decimal("2600.25"), Decimal("-499.85")),
    )


def test_taxation_comes_after_the_profit_it_is_taken_from(figures_of, books):
    books["accbooks.profit_and_loss_comparative"].append(
        ("c", YEAR, dt.date(2026, 4, 1), dt.date(2026, 5, 31), "9000", "Tax", "taxation", Decimal(600), None)
    )
    rows = figures_of(books).books.profit_and_loss.rows
    assert [(row.label, row.now) for row in rows[-5:]] == [
        ("Profit before taxation", Decimal("2600.25")),
        ("Taxation", ZERO),
        ("Tax", Decimal(600)),
        ("Total taxation", Decimal(600)),
        ("Net profit", Decimal("2000.25")),
    ]


def test_months_are_added_up_as_decimals_and_the_running_one_is_left_out(found):
    assert found.books.profit_and_loss.months == (
        Month(dt.date(2026, 4, 1), Decimal("1000.10"), Decimal("400.05")),
        Month(dt.date(2026, 5, 1), Decimal("2000.20"), ZERO),
    )
    assert [month.profit for month in found.books.profit_and_loss.months] == [
        Decimal("600.05"),
        Decimal("2000.20"),
    ]


def test_a_balance_sheet_balances_or_says_by_how_much_it_does_not(found):
    sheet = found.books.balance_sheet
    assert (sheet.net_assets.now, sheet.difference) == (Decimal("2600.25"), ZERO)
    assert [(row.label, row.now) for row in sheet.rows if row.kind != "line"] == [
        ("Current assets", ZERO),
        ("Total current assets", Decimal("2800.25")),
        ("Current liabilities", ZERO),
        ("Total current liabilities", Decimal("200.00")),
        ("Net current assets", Decimal("2600.25")),
        ("Net assets", Decimal("2600.25")),
        ("Capital and reserves", ZERO),
        ("Total capital and reserves", Decimal("2600.25")),
    ]
    assert [row.label for row in sheet.rows if row.kind == "line"][-1] == "Current year earnings"


def test_cash_is_that_of_the_last_day_without_retired_accounts_that_are_empty(found):
    cash = found.books.cash
    held = Decimal("1900.25")
    assert cash.accounts == (BankAccount("Current account", "1200", "GBP", held, held),)
    assert cash.balances == (
        Balance(dt.date(2026, 5, 30), Decimal("1000.25")),
        Balance(dt.date(2026, 5, 31), held),
    )


def test_the_cash_flow_adds_months_up_but_takes_cash_from_the_first_and_the_last(found):
    assert [(row.kind, row.label, row.now) for row in found.books.cash.flow] == [
        ("heading", "Operating activities", ZERO),
        ("line", "Profit", Decimal("2100.25")),
        ("total", "Cash from operating activities", Decimal("2100.25")),
        ("heading", "Financing activities", ZERO),
        ("line", "Loans", Decimal("-200.00")),
        ("total", "Cash from financing activities", Decimal("-200.00")),
        ("result", "Net change in cash", Decimal("1900.25")),
        ("line", "Cash at the beginning", Decimal("0.00")),
        ("result", "Cash at the end", Decimal("1900.25")),
    ]


def test_debts_are_added_up_by_contact_and_contacts_of_one_name_stay_apart(found):
    first = Debtor("Ash Ltd", (ZERO, ZERO, Decimal("500.00"), ZERO, ZERO))
    second = Debtor("Ash Ltd", (Decimal("400.30"), ZERO, ZERO, ZERO, Decimal("-0.30")))
    total = Debtor("Total", (Decimal("400.30"), ZERO, Decimal("500.00"), ZERO, Decimal("-0.30")))
    assert found.books.receivables == Debts((first, second), total)
    assert (total.total, total.overdue) == (Decimal("900.00"), Decimal("499.70"))
    nobody = Debtor("Without a contact", (ZERO, Decimal("200.00"), ZERO, ZERO, ZERO))
    assert found.books.payables.contacts == (nobody,)


def test_of_a_hundred_contacts_the_largest_are_named_and_the_others_are_one_row(figures_of, books):
    books["accbooks.aged_receivables"] = [
        ("c", dt.date(2026, 5, 31), f"cust_{number}", f"Contact {number:03}", "current", Decimal(number))
        for number in range(1, 101)
    ]
    debts = figures_of(books).books.receivables
    assert len(debts.contacts) == SHOWN + 1
    assert (debts.contacts[0].name, debts.contacts[-1].name) == ("Contact 100", "75 others")
    assert sum(each.total for each in debts.contacts) == debts.total.total == Decimal(5050)


def test_a_bucket_nobody_knows_is_not_left_out_in_silence(figures_of, books):
    books["accbooks.aged_payables"] = [("c", dt.date(2026, 5, 31), "x", "X", "ancient", Decimal(1))]
    with pytest.raises(ValueError, match="There are no debts called ancient"):
        figures_of(books)


def test_books_without_a_posting_have_a_proof_and_no_figures(figures_of, books):
    found = figures_of({"accbooks_raw.company": books["accbooks_raw.company"]})
    assert (found.name, found.books, found.proof.grid.years) == ("North & Sons Ltd", None, ())


def test_a_company_that_may_not_be_read_goes_by_its_id_and_names_no_currency(figures_of, books):
    del books["accbooks_raw.company"]
    found = figures_of(books)
    assert (found.name, found.number, found.currency) == ("c", None, None)


def test_models_that_an_older_version_did_not_build_are_named_with_what_to_do(make_house, books):
    house = make_house(books)
    require_models(house)
    house.execute(f"drop table {house.models}.cash_flow")
    with pytest.raises(WarehouseError, match=r"has no table cash_flow in schema accbooks.*Run 'accbooks tr"):
        require_models(house)
