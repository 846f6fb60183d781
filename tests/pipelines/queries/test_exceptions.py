"""What needs attention, of many companies."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from accbooks_warehouse.pipelines.filing_rules import FilingDate, FilingKind
from accbooks_warehouse.pipelines.queries.comparison import Compared, LineTotals
from accbooks_warehouse.pipelines.queries.configured_companies import Answer
from accbooks_warehouse.pipelines.queries.day_budget import DayBudget
from accbooks_warehouse.pipelines.queries.exceptions import (
    CompanyException,
    ExceptionKind,
    exceptions,
    not_shown,
    number_with,
)
from accbooks_warehouse.pipelines.queries.findings import Finding, Findings
from accbooks_warehouse.pipelines.queries.overview import (
    CompanyOverview,
    CompanyRecord,
    LastSync,
    Overdrawn,
    Overview,
)
from accbooks_warehouse.pipelines.queries.refused_files import RefusedFile
from accbooks_warehouse.pipelines.queries.runs import CompanyRun

NOW = dt.datetime(2026, 4, 2, 9, tzinfo=dt.UTC)
NIGHT = dt.datetime(2026, 4, 2, 7, 0, tzinfo=dt.UTC)
"""Two hours before NOW."""


def finding(company_id: str, check_name: str, severity: str, message: str) -> Finding:
    return Finding(
        f"{company_id} {message}",
        company_id,
        check_name,
        severity,
        *[None] * 8,
        message,
    )


def company(company_id: str, *found: Finding, **fields: Any) -> CompanyOverview:
    return CompanyOverview(
        company_id,
        **{
            "record": CompanyRecord(company_id.upper(), "GBP", "pro"),
            "key": None,
            "last_sync": LastSync(NIGHT, NIGHT),
            "compared": Compared([], LineTotals(0, 0, None), 0, has_postings=True),
            "findings": Findings(found),
            **fields,
        },
    )


def overview(*companies: CompanyOverview, unread: tuple[str, ...] = (), others: Any = ()) -> Overview:
    rows = tuple(row for each in companies for row in each.findings.rows)
    return Overview(NOW, companies, unread, Findings((*others, *rows)))


def test_exceptions_are_in_order_of_urgency_then_by_check_then_by_company() -> None:
    first = company(
        "a",
        finding("a", "report_differs", "error", "line 1"),
        finding("a", "report_differs", "error", "line 2"),
        finding("a", "comparison_overdue", "warning", "overdue"),
        finding("a", "prior_period_change", "warning", "changed"),
        last_sync=LastSync(NOW - dt.timedelta(days=3), None),
    )
    second = company(
        "b",
        finding("b", "rejected_record", "error", "record"),
        finding("b", "report_differs", "error", "line 3"),
        finding("b", "prior_period_change", "error", "changed"),
        finding("b", "late_vat", "warning", "late"),
        overdrawn=[Overdrawn("1200", "Current", Decimal("-1234.5")), Overdrawn("1210", None, Decimal(-1))],
        budget=DayBudget("b", 5_000, 5_000),
    )
    never = finding("new", "not_compared", "error", "No sync has read it yet.")
    found = exceptions(overview(first, second, unread=("added", "new"), others=[never]))
    assert found == [
        CompanyException(ExceptionKind.error, "b", "B (b)", 1, "record", "rejected_record", "error"),
        CompanyException(ExceptionKind.error, "a", "A (a)", 2, "line 1", "report_differs", "error"),
        CompanyException(ExceptionKind.error, "b", "B (b)", 1, "line 3", "report_differs", "error"),
        CompanyException(ExceptionKind.warning, "a", "A (a)", 1, "overdue", "comparison_overdue", "warning"),
        CompanyException(
            ExceptionKind.prior_period_change,
            "a",
            "A (a)",
            1,
            "1 document changed in a closed period.",
            "prior_period_change",
            "warning",
        ),
        CompanyException(
            ExceptionKind.prior_period_change,
            "b",
            "B (b)",
            1,
            "1 document changed in a closed period.",
            "prior_period_change",
            "error",
        ),
        CompanyException(ExceptionKind.late_vat, "b", "B (b)", 1, "late", "late_vat", "warning"),
        CompanyException(
            ExceptionKind.not_read,
            "a",
            "A (a)",
            1,
            "Last read 2026-03-30 09:00 UTC; it is read every day as a rule. Run `accbooks sync`, or see why "
            "its schedule does not.",
        ),
        CompanyException(
            ExceptionKind.never_read,
            None,
            "added",
            1,
            "It was configured after the last sync. Run `accbooks sync`.",
        ),
        CompanyException(
            ExceptionKind.never_read, None, "new", 1, "No sync has read it yet.", "not_compared", "error"
        ),
        CompanyException(
            ExceptionKind.overdrawn,
            "b",
            "B (b)",
            2,
            "Current (1200) -1,234.50 GBP; bank account (1210) -1.00 GBP.",
        ),
        CompanyException(
            ExceptionKind.day_spent, "b", "B (b)", 1, "5,000 requests of 5,000 allowed used today (UTC)."
        ),
    ]


def test_a_refused_file_is_an_exception_of_no_company() -> None:
    refused = RefusedFile(
        "budgets", "b.csv (budgets) was not loaded. Line 3: amount 'x' is bad.", is_kept=True
    )
    never_good = RefusedFile("rates", "r.csv (rates) was not loaded. It is empty.", is_kept=False)
    found = exceptions(replace(overview(company("a")), refused_files=(refused, never_good)))
    assert found == [
        CompanyException(
            ExceptionKind.file_refused,
            None,
            "budgets",
            1,
            "b.csv (budgets) was not loaded. Line 3: amount 'x' is bad. The last good version stays. "
            "Correct it and run `accbooks sync`.",
        ),
        CompanyException(
            ExceptionKind.file_refused,
            None,
            "rates",
            1,
            "r.csv (rates) was not loaded. It is empty. Nothing of it is in the warehouse. "
            "Correct it and run `accbooks sync`.",
        ),
    ]
    assert not any(each.is_of_company for each in found)
    assert number_with(found, ExceptionKind.file_refused) == 2


def test_a_company_is_late_two_hours_after_its_usual_days() -> None:
    two_hours = dt.timedelta(hours=2)
    daily = company("a", last_sync=LastSync(NOW - dt.timedelta(days=1) - two_hours, None))
    assert exceptions(overview(daily)) == []
    assert daily.is_late(NOW + dt.timedelta(seconds=1))
    weekly = company("a", last_sync=LastSync(NOW - dt.timedelta(days=7), None, usual_days=7))
    assert not weekly.is_late(NOW + two_hours)
    assert weekly.is_late(NOW + two_hours + dt.timedelta(seconds=1))


def test_a_sync_that_began_and_stored_nothing_for_two_hours_failed() -> None:
    began = NIGHT - dt.timedelta(seconds=1)
    failing = company(
        "a", key=Answer("a", "a", began), last_sync=LastSync(began - dt.timedelta(hours=9), None)
    )
    (found,) = exceptions(overview(failing))
    assert (found.kind, found.message) == (
        ExceptionKind.not_read,
        "Its last sync began, and stored nothing. Run `accbooks sync`, and see what it says.",
    )
    running = company("a", key=Answer("a", "a", NIGHT), last_sync=LastSync(began, None))
    done = company("a", key=Answer("a", "a", began), last_sync=LastSync(NIGHT, None))
    assert exceptions(overview(running, done)) == []


def test_findings_of_names_that_nobody_knows_are_not_lost() -> None:
    lost = finding("gone", "not_compared", "error", "gone")
    assert not_shown(overview(company("a"), others=[lost])).rows == (lost,)


def test_a_sync_that_failed_says_so_at_once_also_of_a_name_that_was_never_read() -> None:
    run = CompanyRun(
        "r", "sync", "", NIGHT, NIGHT, 1, "a", None, "error", "UnauthorizedError", "No such key."
    )
    late = LastSync(NOW - dt.timedelta(days=3), None)
    held = overview(company("a", last_sync=late, last_run=run), unread=("new",))
    said = "2026-04-02 07:00 UTC: No such key."
    assert exceptions(replace(held, failed={"new": run})) == [
        CompanyException(ExceptionKind.sync_failed, "a", "A (a)", 1, said),
        CompanyException(ExceptionKind.never_read, None, "new", 1, said),
    ]
    done = replace(run, outcome="done", error_kind=None, message=None)
    (late_only,) = exceptions(overview(company("a", last_sync=late, last_run=done)))
    assert late_only.kind is ExceptionKind.not_read


def test_filing_dates_are_one_exception_if_overdue_and_one_if_soon() -> None:
    dates = [
        FilingDate(FilingKind.accounts, dt.date(2025, 6, 30), dt.date(2026, 3, 31)),
        FilingDate(FilingKind.vat, dt.date(2026, 1, 31), dt.date(2026, 4, 2)),
        FilingDate(FilingKind.tax_payment, dt.date(2025, 7, 2), dt.date(2026, 4, 3)),
        FilingDate(FilingKind.vat, dt.date(2026, 4, 30), dt.date(2026, 6, 7)),
    ]
    overdue = "Annual accounts to 2025-06-30, due on 2026-03-31, 2 days ago, not recorded as filed."
    soon = (
        "VAT return to 2026-01-31, due on 2026-04-02, today; corporation tax payment to 2025-07-02, due on "
        "2026-04-03, in 1 day."
    )
    assert exceptions(overview(company("a", filing_dates=dates))) == [
        CompanyException(ExceptionKind.filing_overdue, "a", "A (a)", 1, overdue),
        CompanyException(ExceptionKind.filing_soon, "a", "A (a)", 2, soon),
    ]
