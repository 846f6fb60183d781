"""What the first screen of a report says of the books, for everything that can be found."""

import datetime as dt

import pytest
from accbooks_warehouse.pipelines.report.verdict import Verdict, verdict

EVIDENCE = "Every month matches AccBooks, 3 of 3. The oldest check was made on 10 June 2026, 08:30 UTC."
PENNY = "Matches AccBooks to the penny"


@pytest.fixture
def verdict_of(figures_of, books, finding):
    """Judge the books of two months in which checks, by name and severity, found something."""

    def judge(*found):
        rows = [
            finding(check_name, severity=severity, period_end=dt.date(2026, 5, 31))
            for check_name, severity in found
        ]
        return verdict(figures_of(books | ({"accbooks.findings": rows} if rows else {})).proof)

    return judge


def test_books_in_which_nothing_is_wrong_are_equal(verdict_of):
    assert verdict_of() == Verdict("good", PENNY, (EVIDENCE,))
    assert verdict_of(("invoice_not_found", "warning")) == Verdict("good", PENNY, (EVIDENCE,))


def test_what_was_not_compared_is_no_more_than_that(verdict_of):
    assert verdict_of(("not_compared", "error"), ("permission_missing", "error")) == Verdict(
        "open", "Not compared with AccBooks' own reports", ("not_compared.", "permission_missing.")
    )


def test_what_keeps_something_from_being_compared_says_nothing_against_the_rest(verdict_of):
    assert verdict_of(("rejected_record", "error")) == Verdict(
        "open", f"{PENNY}, as far as it can be compared", ("rejected_record.", EVIDENCE)
    )
    assert verdict_of(("partial_history", "warning")) == Verdict(
        "open",
        f"{PENNY}, as far as it can be compared",
        ("partial_history.", "What it does not hold is missing from the figures below.", EVIDENCE),
    )


def test_an_error_in_the_books_is_bad_although_every_report_agrees(verdict_of):
    assert verdict_of(("table_differs", "error"), ("rejected_record", "error")) == Verdict(
        "bad", "2 checks failed", ("rejected_record.", "table_differs.", EVIDENCE)
    )
    five = [("table_differs", "error")] * 5
    assert verdict_of(*five) == Verdict(
        "bad",
        "5 checks failed",
        (*["table_differs."] * 3, "2 more are listed under What differs.", EVIDENCE),
    )
    assert verdict_of(("table_differs", "error")).headline == "1 check failed"


def test_a_line_that_differs_is_said_before_anything_else(verdict_of):
    assert verdict_of(("report_differs", "error"), ("not_compared", "error")) == Verdict(
        "bad",
        "1 report line differs from AccBooks' own reports",
        ("The earliest on 31 May 2026; they are listed under What differs.", EVIDENCE),
    )


def test_what_changed_in_a_closed_period_comes_first_and_is_never_good(verdict_of):
    changed = ("prior_period_change", "warning")
    assert verdict_of(changed, changed, ("invoice_not_found", "warning")) == Verdict(
        "open",
        "2 documents changed in a closed period",
        ("prior_period_change; prior_period_change.", f"{PENNY}.", EVIDENCE),
    )
    assert verdict_of(("prior_period_change", "error")).tone == "bad"
    differs = verdict_of(changed, ("report_differs", "error"))
    assert (differs.tone, differs.headline) == ("bad", "1 document changed in a closed period")
    assert differs.details[1] == "1 report line differs from AccBooks' own reports."
