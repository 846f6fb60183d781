"""When returns and accounts are due, by the examples of HMRC's manuals and of the Companies Act."""

import datetime as dt

import pytest
from accbooks_warehouse.pipelines.filing_rules import (
    FilingDate,
    FilingKind,
    accounts_due,
    filing_dates_of_year,
    tax_payment_due,
    tax_return_due,
    vat_due,
    years_of,
)
from accbooks_warehouse.pipelines.options import with_today

day = dt.date.fromisoformat


@pytest.mark.parametrize(
    ("end", "due"),
    [  # the table of CTM01800
        ("1999-03-31", "2000-01-01"),
        ("1999-07-01", "2000-04-02"),
        ("2000-02-28", "2000-11-29"),  # not the last day of February
        ("2001-02-28", "2001-12-01"),
        ("2000-02-29", "2000-12-01"),
        ("2000-05-28", "2001-03-01"),
        ("2003-05-28", "2004-02-29"),
        ("2000-05-29", "2001-03-01"),  # February 2001 has no such day
        ("2000-05-30", "2001-03-01"),
        ("2000-05-31", "2001-03-01"),
        ("2025-04-30", "2026-02-01"),  # the day after 31 January
    ],
)
def test_corporation_tax_is_payable_nine_months_and_a_day_after_its_period(end: str, due: str) -> None:
    assert tax_payment_due(day(end)) == day(due)


@pytest.mark.parametrize(
    ("end", "due"),
    [  # CTM93040, and COM130070 for the last days of months
        ("2025-03-31", "2026-03-31"),
        ("2025-04-30", "2026-04-30"),
        ("2025-04-15", "2026-04-15"),
        ("2023-02-28", "2024-02-29"),
        ("2024-02-29", "2025-02-28"),
        ("2024-02-28", "2025-02-28"),
    ],
)
def test_a_corporation_tax_return_is_due_twelve_months_after_the_year(end: str, due: str) -> None:
    assert tax_return_due(day(end)) == day(due)


@pytest.mark.parametrize(
    ("end", "due"),
    [  # section 443: from a last day of a month to a last day, else to the same day, or the last of February
        ("2025-03-31", "2025-12-31"),
        ("2025-02-28", "2025-11-30"),
        ("2024-02-28", "2024-11-28"),
        ("2024-02-29", "2024-11-30"),
        ("2025-04-30", "2026-01-31"),
        ("2025-06-30", "2026-03-31"),
        ("2025-05-30", "2026-02-28"),
        ("2025-04-05", "2026-01-05"),
    ],
)
def test_accounts_are_due_nine_months_after_the_year(end: str, due: str) -> None:
    assert accounts_due(day(end)) == day(due)


@pytest.mark.parametrize(
    ("incorporated", "end", "due"),
    [
        ("2024-05-10", "2025-05-31", "2026-02-10"),  # 21 months, and not 28 February
        ("2024-05-31", "2025-05-31", "2026-02-28"),
        ("2024-01-20", "2025-07-19", "2025-10-20"),  # 18 months: 21 months are later than 3 after the end
        ("2024-01-20", "2025-01-19", "2025-10-19"),  # twelve months: the usual nine
        ("2024-01-20", "2024-12-31", "2025-09-30"),  # less
        ("2024-02-29", "2025-02-28", "2025-11-30"),  # the anniversary is 28 February, a last day
        ("2023-02-28", "2024-02-29", "2024-11-28"),  # the anniversary is 28 February, not a last day
        ("2024-04-01", "2025-09-30", "2026-01-01"),  # 21 months are one day later than three from the end
    ],
)
def test_first_accounts_are_due_21_months_after_the_incorporation(
    incorporated: str, end: str, due: str
) -> None:
    assert accounts_due(day(end), day(incorporated)) == day(due)


@pytest.mark.parametrize(
    ("end", "periods", "due"),
    [
        ("2026-03-31", "quarterly", "2026-05-07"),
        ("2026-01-31", "quarterly", "2026-03-07"),
        ("2024-01-31", "monthly", "2024-03-07"),
        ("2026-02-28", "monthly", "2026-04-07"),
        ("2025-12-31", "quarterly", "2026-02-07"),
        ("2026-04-15", "quarterly", "2026-06-07"),  # cut off where other periods begin
        ("2025-12-31", "annual", "2026-02-28"),
        ("2023-12-31", "annual", "2024-02-29"),
        ("2026-04-30", "annual", "2026-06-30"),
    ],
)
def test_a_vat_return_is_due_a_month_and_seven_days_after_its_period_or_two_months(
    end: str, periods: str, due: str
) -> None:
    assert vat_due(day(end), periods) == day(due)


def test_the_first_year_has_more_than_six_months_and_at_most_eighteen() -> None:
    ends = [day(f"{year}-03-31") for year in (2023, 2024, 2025)]
    first = [day("2023-09-30"), day("2023-10-01"), day("2022-06-30"), day("2020-01-01")]
    assert [list(years_of(ends, each)) for each in first] == [
        [(ends[1], first[0]), (ends[2], None)],  # six months and a day
        [(ends[2], first[1])],  # exactly six months by 31 March 2024, which is too short
        [(each, first[2] if each == ends[0] else None) for each in ends],
        [(each, None) for each in ends],  # the books begin after the first year
    ]
    assert list(years_of(ends, None)) == [(each, None) for each in ends]


def test_the_number_of_a_company_says_what_it_files() -> None:
    end = day("2025-03-31")
    accounts = FilingDate(FilingKind.accounts, end, day("2025-12-31"))
    tax = [
        FilingDate(FilingKind.tax_payment, end, day("2026-01-01")),
        FilingDate(FilingKind.tax_return, end, day("2026-03-31")),
    ]
    found = {
        number: list(filing_dates_of_year(end, number, None))
        for number in ("01234567", "sc123456", "NI000001", "OC301234", "CE000001", "", None)
    }
    assert found == {
        "01234567": [accounts, *tax],
        "sc123456": [accounts, *tax],
        "NI000001": [accounts, *tax],
        "OC301234": [accounts],
        "CE000001": [],
        "": [],
        None: [],
    }


def test_a_first_year_of_more_than_twelve_months_is_taxed_in_two_periods() -> None:
    end = day("2025-05-31")
    assert list(filing_dates_of_year(end, "01234567", day("2024-05-10"))) == [
        FilingDate(FilingKind.accounts, end, day("2026-02-10")),
        FilingDate(FilingKind.tax_payment, day("2025-05-09"), day("2026-02-10")),
        FilingDate(FilingKind.tax_payment, end, day("2026-03-01")),
        FilingDate(FilingKind.tax_return, end, day("2026-05-31")),
    ]


def test_a_date_is_soon_for_30_days_and_overdue_from_the_next_day_on() -> None:
    date = FilingDate(FilingKind.vat, day("2026-03-31"), day("2026-05-07"))
    days = ("2026-04-06", "2026-04-07", "2026-05-07", "2026-05-08")
    assert [(date.is_soon(day(each)), date.is_overdue(day(each))) for each in days] == [
        (False, False),
        (True, False),
        (True, False),
        (False, True),
    ]


def test_filed_without_a_date_is_today() -> None:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    assert with_today(["--filed"]) == ["--filed", today]
    assert with_today(["--filed", "--note", "x"]) == ["--filed", today, "--note", "x"]
    assert with_today(["--filed", "2026-05-05"]) == ["--filed", "2026-05-05"]
    assert with_today(["--filed=2026-05-05", "--vat", "x"]) == ["--filed=2026-05-05", "--vat", "x"]
