"""What is filed: recorded with a closing or afterwards, and gone from the dates that are shown.

The tests share one copy and follow each other.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from accbooks_warehouse.pipelines.cli import app
from accbooks_warehouse.pipelines.destinations import Postgres
from copies import Copy
from typer.testing import CliRunner, Result

COMPANY = "comp_1"
TODAY = dt.datetime.now(dt.UTC).date()
pytestmark = [pytest.mark.long, pytest.mark.nightly_on("postgres")]


@pytest.fixture(scope="module")
def copy(synced_copies: Any) -> Iterator[Copy]:
    with synced_copies() as copied:
        yield copied


def command(copy: Copy, *arguments: str, **environment: str) -> Result:
    warehouse = copy.warehouse
    place = (
        {"DESTINATION__POSTGRES__CREDENTIALS": warehouse.address.of_dlt().to_native_representation()}
        if isinstance(warehouse, Postgres)
        else {"DESTINATION__DUCKDB__CREDENTIALS": warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"]}
    )
    return CliRunner().invoke(
        app,
        [*arguments, "--destination", warehouse.name],
        env={**place, "COLUMNS": "200", **environment},
    )


def dates(copy: Copy, **environment: str) -> list[tuple[str, str, str]]:
    """The dates of the company's status, as JSON tells them."""
    shown = command(copy, "status", "--format", "json", **environment)
    (company,) = json.loads(shown.stdout)["companies"]
    return [(each["kind"], each["period_end"], each["due_on"]) for each in company["filing_dates"]]


def ends(copy: Copy) -> tuple[dt.date, dt.date]:
    """The ends of the last financial year and of the last VAT period that are over."""
    ((year,),) = copy.query(
        f"select max(financial_year_end) from {{models}}.financial_years where financial_year_end < '{TODAY}'"
    )
    ((vat,),) = copy.query(f"select max(period_end) from {{models}}.vat_periods where period_end < '{TODAY}'")
    return year, vat


def test_a_closing_says_that_it_was_filed_and_the_dates_before_it_are_gone(copy: Copy) -> None:
    year, vat = ends(copy)
    before = dates(copy)
    assert ("tax_return", str(year)) in [each[:2] for each in before]
    closed = command(copy, "close", "--vat", str(vat), "--filed")
    assert (closed.exit_code, closed.stdout.strip()[-22:]) == (0, f"; filed on {TODAY}.")
    closed = command(copy, "close", "--through", str(year), "--by", "anna")
    assert closed.exit_code == 0, closed.output
    assert [each for each in dates(copy) if each[:2] == ("vat", str(vat))] == []
    filed = command(copy, "close", "--through", str(year), "--filed", str(TODAY), "--note", "by post")
    assert filed.stdout.rstrip().endswith(f"({COMPANY}): the accounts through {year}, filed on {TODAY}.")
    assert command(copy, "close", "--corporation-tax", str(year), "--filed", str(TODAY)).exit_code == 0
    assert copy.query("select kind, closed_through, filed_on, note from {models}.closings order by kind") == [
        ("accounts", year, TODAY, "by post"),
        ("corporation_tax", year, TODAY, None),
        ("vat", vat, TODAY, None),
    ]
    payments = [each for each in dates(copy) if each[0] == "tax_payment" and each[1] == str(year)]
    after = [each for each in before if dt.date.fromisoformat(each[1]) > year]
    expected = payments + [each for each in after if each[0] != "vat" or each[1] > str(vat)]
    assert sorted(dates(copy)) == sorted(expected)
    shown = command(copy, "status").stdout
    assert f"  corporation tax closed through {year}, on {TODAY} by " in shown
    assert f"accounts closed through {year}, on {TODAY} by anna, filed on {TODAY}: by post" in shown


def test_a_closing_of_corporation_tax_judges_no_document(copy: Copy) -> None:
    year, _ = ends(copy)
    assert copy.query("select max(posting_date) from {models}.general_ledger where is_closed") == [(year,)]
    assert copy.query("select count(*) from {models}.prior_period_changes") == [(0,)]


def test_what_cannot_have_been_filed_is_refused_with_what_to_do(copy: Copy) -> None:
    year, vat = ends(copy)
    tomorrow, before = TODAY + dt.timedelta(days=1), year - dt.timedelta(days=1)
    refused = {
        arguments: command(copy, "close", *arguments).stderr.strip()
        for arguments in (
            ("--corporation-tax", str(year)),
            ("--vat", str(vat), "--filed", str(tomorrow)),
            ("--vat", str(vat), "--filed", str(vat)),
            ("--corporation-tax", str(before), "--filed"),
            ("--corporation-tax", str(year), "--vat", str(vat), "--filed"),
        )
    }
    beginnings = (
        "A corporation tax return is recorded only as filed. Add --filed, or --filed DATE.",
        f"--filed {tomorrow} is in the future (today is {TODAY}, UTC).",
        f"--filed {vat} is not after {vat}, the end of the period.",
        f"{before} is not the end of a financial year of {COMPANY}, and only years are filed.",
        "Give one day: --through for the accounts, --vat for the last day of a VAT period, or",
    )
    for beginning, said in zip(beginnings, refused.values(), strict=True):
        assert " ".join(said.split()).startswith(beginning)


@pytest.mark.nightly
def test_reopened_it_stays_filed_unless_you_say_that_it_was_not(copy: Copy) -> None:
    year, vat = ends(copy)
    filed = dates(copy)
    assert command(copy, "reopen", "--vat", str(vat)).exit_code == 0
    assert dates(copy) == filed
    assert command(copy, "close", "--vat", str(vat)).exit_code == 0
    assert dates(copy) == filed
    reopened = command(copy, "reopen", "--vat", str(vat), "--not-filed")
    assert (
        reopened.exit_code,
        " ".join(reopened.output.split()).endswith("no longer recorded as filed."),
    ) == (
        0,
        True,
    )
    assert command(copy, "reopen", "--corporation-tax", str(year)).exit_code == 0
    assert {each[:2] for each in dates(copy)} - {each[:2] for each in filed} >= {("tax_return", str(year))}
    assert copy.query(
        "select kind, filed_on from {models}.closings where kind <> 'accounts' order by kind"
    ) == [
        ("corporation_tax", None),
        ("vat", None),
        ("vat", None),
    ]


def test_the_incorporation_comes_from_the_configuration(copy: Copy) -> None:
    ((year,),) = copy.query(
        "select min(financial_year_end) from {models}.financial_years "
        f"where financial_year_end >= '{TODAY}'"
    )
    incorporated = year - dt.timedelta(days=400)
    setting = json.dumps({"default": str(incorporated)})
    found = [
        each for each in dates(copy, SOURCES__ACCBOOKS__INCORPORATED=setting) if each[0] == "tax_payment"
    ]
    assert len(found) == 2  # a first year of more than twelve months
    wrong = command(copy, "status", SOURCES__ACCBOOKS__INCORPORATED='{"default": "May"}')
    assert (
        wrong.exit_code,
        "incorporated.default is 'May', which is no date" in " ".join(wrong.stderr.split()),
    ) == (2, True)


def test_a_closing_of_books_that_were_read_days_ago_says_so(copy: Copy) -> None:
    _, vat = ends(copy)
    command(copy, "reopen", "--vat", str(vat))
    copy.execute("update {raw}.sync_windows set fetched_at = fetched_at - interval '2 days'")
    ((read_at,),) = copy.query(
        "select min(read_at) from (select max(fetched_at) as read_at from {raw}.sync_windows "
        "where resource in ('contacts', 'invoices', 'transactions', 'journals', 'bank_accounts', 'company') "
        "group by resource) as reads"
    )
    closed = command(copy, "close", "--vat", str(vat))
    assert closed.exit_code == 0, closed.output
    said = " ".join(closed.stdout.split())
    assert f"The books are those of {read_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC, when they were" in said
    assert "reopen the period, run 'accbooks sync', and close it again." in said


def test_what_was_filed_of_days_before_the_books_is_recorded(copy: Copy) -> None:
    ((first,),) = copy.query("select min(posting_date) from {models}.general_ledger")
    before = first.replace(day=1) - dt.timedelta(days=1)
    refused = command(copy, "close", "--vat", str(before))
    assert refused.exit_code == 2
    assert "the books begin on" in refused.stderr
    slip = command(copy, "close", "--vat", str(before - dt.timedelta(days=1)), "--filed")
    assert slip.exit_code == 2
    assert "is not the last day of a month, with which VAT periods end." in " ".join(slip.stderr.split())
    filed = command(copy, "close", "--vat", str(before), "--filed")
    assert filed.exit_code == 0, filed.output
    assert f"VAT through {before}, filed on {TODAY}." in " ".join(filed.stdout.split())
    accounts = command(copy, "close", "--through", str(before), "--filed", "--force")
    assert accounts.exit_code == 0, accounts.output
    assert copy.query(
        f"select kind, filed_on from {{models}}.closings where closed_through = '{before}' order by kind"
    ) == [("accounts", TODAY), ("vat", TODAY)]
