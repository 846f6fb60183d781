"""The figures of a report, from tables filled by hand."""

import calendar
import datetime as dt
import itertools
from decimal import Decimal

import pytest
from accbooks_warehouse.pipelines.days import Days, short_span, span
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.queries.aged_debts import Debtor, Debts
from accbooks_warehouse.pipelines.queries.bank_balances import Balance, BankAccount, opening_cash
from accbooks_warehouse.pipelines.queries.figures import books as books_at
from accbooks_warehouse.pipelines.queries.figures import require_figures
from accbooks_warehouse.pipelines.queries.pack.accounts import USUAL_ACCOUNTS
from accbooks_warehouse.pipelines.queries.pack.balance_sheet import difference
from accbooks_warehouse.pipelines.queries.pack.cash_flow import whole_months
from accbooks_warehouse.pipelines.queries.pack.months import Month
from accbooks_warehouse.pipelines.queries.pack.open_items import open_items
from accbooks_warehouse.pipelines.queries.pack.statement import Group
from accbooks_warehouse.pipelines.queries.reporting_period import Period, reporting_period
from accbooks_warehouse.pipelines.report.aged_debts import SHOWN, debt_rows
from accbooks_warehouse.pipelines.report.charts import month_name
from accbooks_warehouse.pipelines.report.labels import column_heading
from accbooks_warehouse.pipelines.report.words import months

YEAR = "financial_year_to_date"
CURRENT = ("current_assets", "current_liabilities")
date = dt.date.fromisoformat
ZERO = Decimal(0)


@pytest.fixture
def found(figures_of, books):
    """The figures of the books of two months, as on 10 June."""
    return figures_of(books)


def test_a_report_covers_the_financial_year_up_to_the_last_month_that_is_over(make_warehouse, books):
    warehouse = make_warehouse(books)
    start, april, may = dt.date(2026, 4, 1), dt.date(2026, 4, 30), dt.date(2026, 5, 31)
    before = dt.date(2025, 4, 1)
    period = Period(YEAR, Days(start, may), Days(before, dt.date(2025, 5, 31)), is_over=True)
    assert reporting_period(warehouse, "c", dt.date(2026, 6, 30)) == period
    assert (period.days.months, period.as_at, period.year_before) == (2, may, dt.date(2025, 5, 31))
    young = Period(YEAR, Days(start, april), Days(before, dt.date(2025, 4, 30)), is_over=False)
    assert reporting_period(warehouse, "c", dt.date(2026, 4, 30)) == young
    assert reporting_period(warehouse, "nobody", dt.date(2026, 4, 30)) is None


def test_a_year_end_that_is_not_known_leaves_the_last_month_alone(figures_of, books):
    books["accbooks.financial_years"] = [("c", dt.date(2026, 4, 1), dt.date(2026, 6, 30), False)]
    found = figures_of(books)
    may, may_before = (Days(dt.date(year, 5, 1), dt.date(year, 5, 31)) for year in (2026, 2025))
    assert found.books.period == Period("month", may, may_before, is_over=True)
    assert [each.key for each in found.books.profit_and_loss.columns] == ["month"]
    assert found.books.profit_and_loss.value("net_profit", "month") == Decimal("2000.20")


@pytest.mark.parametrize(
    ("year_ends", "today", "now", "before"),
    [
        ("03-31", "2026-06-10", ("2026-04-01", "2026-05-31"), ("2025-04-01", "2025-05-31")),
        ("04-05", "2026-06-10", ("2026-04-06", "2026-05-31"), ("2025-04-06", "2025-05-31")),
        ("04-05", "2026-04-30", ("2025-04-06", "2026-03-31"), ("2024-04-06", "2025-03-31")),
        ("05-15", "2026-06-10", ("2026-05-16", "2026-05-31"), ("2025-05-16", "2025-05-31")),
        ("12-31", "2026-01-10", ("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31")),
        # 29 February belongs to the new year, which then is of a day that the year before did not have
        ("02-28", "2024-03-10", ("2024-02-29", "2024-02-29"), None),
        ("02-28", "2024-04-10", ("2024-02-29", "2024-03-31"), ("2023-03-01", "2023-03-31")),
        ("02-28", "2025-03-10", ("2024-02-29", "2025-02-28"), ("2023-03-01", "2024-02-28")),
        ("02-28", "2026-03-10", ("2025-03-01", "2026-02-28"), ("2024-02-29", "2025-02-28")),
        ("02-29", "2024-03-10", ("2023-03-01", "2024-02-29"), ("2022-03-01", "2023-02-28")),
        ("02-29", "2025-03-10", ("2024-03-01", "2025-02-28"), ("2023-03-01", "2024-02-29")),
    ],
)
def test_the_year_begins_on_the_day_after_the_year_end_and_so_does_the_one_before(
    make_warehouse, year_ends, today, now, before
):
    month, day = map(int, year_ends.split("-"))
    starts = [dt.date(2022 + n // 12, n % 12 + 1, 1) for n in range(60)]
    ends = [last_day(2021 + n, month, day) for n in range(7)]
    warehouse = make_warehouse(
        {
            "accbooks.months": [("c", start, last_day(start.year, start.month, 31)) for start in starts],
            "accbooks.financial_years": [
                ("c", end + dt.timedelta(days=1), next_end, True)
                for end, next_end in itertools.pairwise(ends)
            ],
        }
    )
    found = reporting_period(warehouse, "c", dt.date.fromisoformat(today))
    assert found.days == Days(*map(dt.date.fromisoformat, now))
    assert found.before == (before and Days(*map(dt.date.fromisoformat, before)))


@pytest.mark.parametrize(
    ("as_at", "month", "year", "month_before"),
    [
        ("2026-04-08", "2026-04-06", "2026-04-06", "2025-04-06"),
        ("2026-04-30", "2026-04-06", "2026-04-06", "2025-04-06"),
        ("2026-04-05", "2026-04-01", "2025-04-06", "2025-04-01"),
        ("2026-05-02", "2026-05-01", "2026-04-06", "2025-05-01"),
    ],
)
def test_a_month_in_which_a_year_begins_counts_from_that_day(
    make_warehouse, as_at, month, year, month_before
):
    starts = [dt.date(2024 + n // 12, n % 12 + 1, 1) for n in range(36)]
    years = [(dt.date(n, 4, 6), dt.date(n + 1, 4, 5)) for n in range(2023, 2027)]
    warehouse = make_warehouse(
        {
            "accbooks.months": [("c", start, last_day(start.year, start.month, 31)) for start in starts],
            "accbooks.financial_years": [("c", *each, True) for each in years],
        }
    )
    with warehouse.kept_open():
        found = books_at(warehouse, "c", reporting_period(warehouse, "c", dt.date(2026, 6, 1), date(as_at)))
    period, last_year = found.period, date(as_at).replace(year=2025)
    spans = [Days(date(month), period.as_at), Days(date(year), period.as_at)]
    spans.append(Days(date(month_before), last_year))
    assert [period.month, period.days, period.month_before] == spans
    assert period.calendar_month == Days(date(as_at).replace(day=1), date(as_at))
    columns = {each.key: each for each in found.profit_and_loss.columns}
    assert [columns[key].days for key in ("month", "year", "month_before")] == spans
    is_cut = month.endswith("06")
    assert column_heading(columns["month"]).startswith("Month within the year: " if is_cut else "Month: ")


@pytest.mark.parametrize("typing_mistake", [dt.date(206, 5, 1), dt.date(1906, 5, 1), dt.date(2206, 5, 1)])
@pytest.mark.parametrize("month_before", [False, True])
def test_a_month_far_from_the_others_is_not_the_one_to_report(make_warehouse, typing_mistake, month_before):
    today, may, june = dt.date(2026, 6, 10), dt.date(2026, 5, 1), dt.date(2026, 6, 1)
    starts = sorted([typing_mistake, june, *([may] if month_before else [])])
    year = typing_mistake.year
    warehouse = make_warehouse(
        {
            "accbooks.months": [("c", start, last_day(start.year, start.month, 31)) for start in starts],
            "accbooks.financial_years": [
                ("c", dt.date(year, 4, 1), dt.date(year + 1, 3, 31), True),
                ("c", dt.date(2026, 4, 1), dt.date(2027, 3, 31), True),
            ],
        }
    )
    days = Days(dt.date(2026, 4, 1), dt.date(2026, 5, 31) if month_before else dt.date(2026, 6, 30))
    assert reporting_period(warehouse, "c", today) == Period(YEAR, days, None, is_over=month_before)


def test_a_year_has_four_digits_whenever_it_was():
    year = Days(dt.date(206, 1, 3), dt.date(206, 12, 31))
    assert (span(year), short_span(year)) == (
        "3 January 0206 to 31 December 0206",
        "3 Jan 0206 to 31 Dec 0206",
    )
    month = Days(dt.date(206, 1, 1), dt.date(206, 1, 31))
    assert (short_span(month), month_name(month)) == ("Jan 0206", "Jan 06")


def last_day(year, month, day):
    """The day of a month, or its last one where it has fewer."""
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def test_days_are_said_in_months_only_where_they_are_whole_ones():
    leap = Days(dt.date(2024, 2, 29), dt.date(2025, 2, 28))
    assert (leap.months, span(leap)) == (None, "29 February 2024 to 28 February 2025")
    year = Days(dt.date(2023, 3, 1), dt.date(2024, 2, 29))
    assert (year.months, months(year.months)) == (12, "Year")
    day = Days(dt.date(2024, 2, 29), dt.date(2024, 2, 29))
    assert (day.months, span(day), short_span(day)) == (None, "29 February 2024", "29 Feb 2024")
    part = Days(dt.date(2026, 4, 6), dt.date(2026, 4, 30))
    assert (part.months, short_span(part), month_name(part)) == (None, "6 to 30 Apr 2026", "6\u201330|Apr 26")


def amounts(statement):
    """The parts of a statement with their lines, as (kind, label, amounts)."""
    found = []
    for part in statement.parts:
        lines = part.lines if isinstance(part, Group) else ()
        found += [("line", line.label, line.values) for line in lines]
        found.append((type(part).__name__, part.title, part.values))
    return found


def test_the_profit_and_loss_adds_up_and_leaves_out_what_was_never_moved(found):
    statement = found.books.profit_and_loss
    assert [each.key for each in statement.columns] == ["month", "year"]
    sales, rent = (Decimal("2000.20"), Decimal("3000.30")), (ZERO, Decimal("400.05"))
    profit = (Decimal("2000.20"), Decimal("2600.25"))
    assert amounts(statement) == [
        ("line", "Sales", sales),
        ("Group", "Turnover", sales),
        ("Result", "Gross profit", sales),
        ("Margin", "Gross margin", (Decimal("100.0"), Decimal("100.0"))),
        ("line", "Rent", rent),
        ("Group", "Administrative expenses", rent),
        ("Result", "Profit for the period", profit),
        ("Margin", "Net margin", (Decimal("100.0"), Decimal("86.7"))),
    ]


def test_taxation_comes_after_the_profit_it_is_taken_from(figures_of, books):
    books["accbooks.nominal_accounts"].append(("c", "9000", "Tax", "taxation"))
    books["accbooks_staging.ledger_postings"].append(
        ("c", dt.date(2026, 5, 31), "journal", "j1", "9000", Decimal(600))
    )
    assert [
        (label, values[1]) for _, label, values in amounts(figures_of(books).books.profit_and_loss)[-5:]
    ] == [
        ("Profit before taxation", Decimal("2600.25")),
        ("Tax", Decimal(600)),
        ("Tax on profit", Decimal(600)),
        ("Profit for the period", Decimal("2000.25")),
        ("Net margin", Decimal("66.7")),
    ]


def test_a_loss_of_negative_turnover_has_no_margin(figures_of, books):
    books["accbooks_staging.ledger_postings"] += [
        ("c", dt.date(2026, 5, 31), "invoice", "refund", "4000", Decimal("2500.20")),
        ("c", dt.date(2026, 5, 31), "invoice", "p2", "7100", Decimal(100)),
    ]
    found = {label: values[0] for _, label, values in amounts(figures_of(books).books.profit_and_loss)}
    assert (found["Turnover"], found["Profit for the period"]) == (Decimal(-500), Decimal(-600))
    assert (found["Gross margin"], found["Net margin"]) == (None, None)


def test_a_credit_card_is_no_cash_and_keeps_its_name(figures_of, books):
    books["accbooks.nominal_accounts"].append(("c", "1210", "Company credit card", "current_liabilities"))
    books["accbooks.bank_accounts"].append(("c", 3, "Card", True, "1210"))
    books["accbooks_staging.ledger_postings"] += [
        ("c", dt.date(2026, 5, 31), "transaction", "t3", "1210", Decimal(-500)),
        ("c", dt.date(2026, 5, 31), "transaction", "t3", "7100", Decimal(500)),
    ]
    sheet = figures_of(books).books.balance_sheet
    lines = {category: [each.label for each in sheet.part(category).lines] for category in CURRENT}
    assert "Company credit card" in lines["current_liabilities"]
    assert "Cash at bank and in hand" in lines["current_assets"]
    assert "Cash at bank and in hand" not in lines["current_liabilities"]


def test_months_are_added_up_as_decimals_and_the_running_one_is_left_out(found):
    assert found.books.months == (
        Month(Days(dt.date(2026, 4, 1), dt.date(2026, 4, 30)), Decimal("1000.10"), Decimal("400.05")),
        Month(Days(dt.date(2026, 5, 1), dt.date(2026, 5, 31)), Decimal("2000.20"), ZERO),
    )
    assert [month.profit for month in found.books.months] == [
        Decimal("600.05"),
        Decimal("2000.20"),
    ]


def test_a_balance_sheet_balances_or_says_by_how_much_it_does_not(figures_of, books, found):
    sheet = found.books.balance_sheet
    assert amounts(sheet) == [
        (kind, label, (Decimal(amount),))
        for kind, label, amount in (
            ("line", "Trade debtors", "900.00"),
            ("line", "Cash at bank and in hand", "1900.25"),
            ("Group", "Current assets", "2800.25"),
            ("line", "Trade creditors", "200.00"),
            ("Group", "Creditors: amounts falling due within one year", "200.00"),
            ("Result", "Net current assets", "2600.25"),
            ("Result", "Total assets less current liabilities", "2600.25"),
            ("Result", "Net assets", "2600.25"),
            ("line", "Profit for the financial year", "2600.25"),
            ("Group", "Capital and reserves", "2600.25"),
        )
    ]
    assert difference(sheet) == ZERO
    books["accbooks.nominal_accounts"] = [
        each for each in books["accbooks.nominal_accounts"] if each[1] != "2100"
    ]
    assert difference(figures_of(books).books.balance_sheet) == Decimal("200.00")


def test_cash_is_that_of_the_last_day_without_retired_accounts_that_are_empty(found):
    cash = found.books.cash
    held = Decimal("1900.25")
    assert cash.accounts == (BankAccount("Current account", "1200", "GBP", held, held),)
    assert cash.balances == (
        Balance(dt.date(2026, 5, 30), Decimal("1000.25")),
        Balance(dt.date(2026, 5, 31), held),
    )


def test_within_a_month_what_was_allocated_is_settled_though_another_company_changed_last(make_warehouse):
    """An allocation stays among the allocations until it changes, and among the changed ones for a run."""
    october, november = dt.date(2026, 10, 31), dt.date(2026, 11, 12)
    sale, credit = ("1100", "document", "sale", None), ("1100", "document", "credit", None)
    warehouse = make_warehouse(
        {
            "accbooks_staging.aged_items": [("c", october, *sale, Decimal(100), Decimal(100))],
            "accbooks_staging.ledger_postings": [
                (
                    "c",
                    november,
                    "invoice",
                    "credit",
                    "1100",
                    Decimal(-100),
                    1,
                    "p",
                    None,
                    "credit",
                    Decimal(-100),
                )
            ],
            "accbooks_staging.allocations": [
                ("c", *sale, november, Decimal(-100), Decimal(-100)),
                ("c", *credit, november, Decimal(100), Decimal(100)),
            ],
        }
    )
    day = dt.date(2026, 11, 20)
    assert open_items(warehouse, "c", "aged_receivables", day, USUAL_ACCOUNTS) == []
    warehouse.execute(f"delete from {warehouse.staging}.allocations where document_id = 'credit'")
    (item,) = open_items(warehouse, "c", "aged_receivables", day, USUAL_ACCOUNTS)
    assert (item.source_id, item.outstanding) == ("credit", -100)


def test_a_month_after_a_gap_in_the_books_has_its_debts_and_no_cash_flow_of_whole_months(make_warehouse):
    """An invoice is dated 1996 by mistake, and the books begin in November; what is old stays open."""
    long_ago, day = dt.date(1996, 2, 29), dt.date(2026, 11, 15)
    month = (dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    warehouse = make_warehouse(
        {
            "accbooks.months": [("c", long_ago.replace(day=1), long_ago), ("c", *month)],
            "accbooks_staging.aged_items": [
                ("c", long_ago, "1100", "document", "old", None, Decimal(100), Decimal(100))
            ],
        }
    )
    (item,) = open_items(warehouse, "c", "aged_receivables", day, USUAL_ACCOUNTS)
    assert (item.source_id, item.outstanding) == ("old", 100)
    period = Period("month", Days(month[0], day), None, is_over=True)
    assert whole_months(warehouse, "c", period) is None


def test_what_an_opening_journal_brings_to_banks_is_told_from_what_moved_them(make_warehouse):
    november = dt.date(2026, 11, 1)
    warehouse = make_warehouse(
        {
            "accbooks.bank_accounts": [("c", 1, "Current", True, "1200"), ("d", 1, "Other", True, "3000")],
            "accbooks_staging.stg_journals": [
                ("c", "1", "opening"),
                ("c", "2", "manual"),
                ("d", "2", "opening"),
            ],
            "accbooks_staging.ledger_postings": [
                ("c", november, "journal", "1", "1200", Decimal(10_000)),
                ("c", november, "journal", "1", "3000", Decimal(-10_000)),
                ("c", november, "journal", "2", "1200", Decimal(7)),
                ("c", november, "transaction", "1", "1200", Decimal(500)),
                ("d", november, "journal", "2", "1200", Decimal(3)),
            ],
        }
    )
    assert opening_cash(warehouse, "c", Days(november, dt.date(2026, 11, 15))) == 10_000
    assert opening_cash(warehouse, "c", Days(dt.date(2026, 11, 2), dt.date(2026, 11, 15))) == 0


def test_the_cash_flow_adds_months_up_but_takes_cash_from_the_first_and_the_last(found):
    assert amounts(found.books.cash_flow) == [
        ("line", "Profit", (Decimal("1000.00"), Decimal("2100.25"))),
        ("Group", "Operating activities", (Decimal("1000.00"), Decimal("2100.25"))),
        ("line", "Loans", (Decimal("-100.00"), Decimal("-200.00"))),
        ("Group", "Financing activities", (Decimal("-100.00"), Decimal("-200.00"))),
        ("Result", "Net increase/(decrease) in cash", (Decimal("900.00"), Decimal("1900.25"))),
        ("Group", "Cash at the beginning", (Decimal("1000.25"), Decimal("0.00"))),
        ("Result", "Cash at the end", (Decimal("1900.25"), Decimal("1900.25"))),
    ]


def test_debts_are_added_up_by_contact_and_contacts_of_one_name_stay_apart(found):
    first = Debtor("Ash Ltd", (ZERO, ZERO, Decimal("500.00"), ZERO, ZERO), "cust_2")
    second = Debtor("Ash Ltd", (Decimal("400.30"), ZERO, ZERO, ZERO, Decimal("-0.30")), "cust_1")
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
    rows = debt_rows(debts)
    assert len(debts.contacts) == 100
    assert len(rows) == SHOWN + 1
    assert (rows[0].name, rows[-1].name) == ("Contact 100", "75 others")
    assert sum(each.total for each in rows) == debts.total.total == Decimal(5050)


def test_a_bucket_nobody_knows_is_not_left_out_in_silence(figures_of, books):
    books["accbooks.aged_payables"] = [("c", dt.date(2026, 5, 31), "x", "X", "ancient", Decimal(1))]
    with pytest.raises(ValueError, match="There are no debts called ancient"):
        figures_of(books)


def test_books_without_a_posting_have_a_proof_and_no_figures(figures_of, books):
    found = figures_of({"accbooks_raw.company": books["accbooks_raw.company"]})
    assert (found.name, found.books, found.proof.month_ends) == ("North & Sons Ltd", None, ())


def test_a_company_that_may_not_be_read_goes_by_its_id_and_names_no_currency(figures_of, books):
    del books["accbooks_raw.company"]
    found = figures_of(books)
    assert (found.name, found.number, found.currency) == ("c", None, None)


def test_models_that_an_older_version_did_not_build_are_named_with_what_to_do(make_warehouse, books):
    warehouse = make_warehouse(books)
    require_figures(warehouse)
    warehouse.execute(f"drop table {warehouse.models}.cash_flow")
    with pytest.raises(WarehouseError, match=r"has no table cash_flow in schema accbooks.*Run 'accbooks tr"):
        require_figures(warehouse)
