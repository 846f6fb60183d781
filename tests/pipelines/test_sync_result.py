"""What the exit status and the last line of a sync say, for everything that can have gone wrong."""

import datetime as dt
import itertools
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pendulum
import pytest

from pipelines.certify import LastRead
from pipelines.exit_status import ExitStatus
from pipelines.heal import out_of_date, report_request
from pipelines.reconcile import Line, Tally
from pipelines.summary import verdict
from pipelines.sync_result import CompanyResult, SyncResult
from pipelines.transform import FailedTest
from sources.accbooks.errors import (
    DayBudgetSpentError,
    PermissionMissingError,
    UnauthorizedError,
    UnstableWindowError,
)
from sources.accbooks.reading import Outcome, Reading
from sources.accbooks.reports import ReportRequest

NOON = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
MARCH = ReportRequest(pendulum.date(2026, 3, 31))
Change = Callable[[SyncResult, Outcome], None]


def line(report: str = "trial_balance", **changes: Any) -> Line:
    values: dict[str, Any] = {
        "company_id": "comp_1",
        "report": report,
        "period_start": None,
        "period_end": dt.date(2026, 3, 31),
        "nominal_code": "1200",
        "api_amount": Decimal("1.00"),
        "warehouse_amount": Decimal("2.00"),
        "difference": Decimal("1.00"),
        "status": "mismatch",
        "cause": None,
    }
    return Line(**values | changes)


def failed_test(*, is_warning: bool) -> FailedTest:
    return FailedTest("a_test", "", 1, is_warning, ("n",), ((1,),))


CHANGES: dict[str, tuple[ExitStatus, Change]] = {
    "a company's error": (
        ExitStatus.ERROR,
        lambda result, _: result.companies.append(CompanyResult("south", error=UnauthorizedError("no"))),
    ),
    "unstable pages": (
        ExitStatus.ERROR,
        lambda _, outcome: outcome.unstable.append(UnstableWindowError("x")),
    ),
    "a spent day": (
        ExitStatus.LIMIT_REACHED,
        lambda _, outcome: setattr(outcome, "limit_reached", DayBudgetSpentError("x", 0)),
    ),
    "differing lines": (ExitStatus.DIFFERENCES, lambda result, _: result.lines.append(line())),
    "a failed test": (
        ExitStatus.DIFFERENCES,
        lambda result, _: result.failed_tests.append(failed_test(is_warning=False)),
    ),
    "a missing permission": (
        ExitStatus.DIFFERENCES,
        lambda _, outcome: outcome.forbidden.update(invoices=PermissionMissingError("invoices", "invoices")),
    ),
    "an inconsistent report": (
        ExitStatus.DIFFERENCES,
        lambda _, outcome: outcome.inconsistent.update({("trial_balance", MARCH): "x"}),
    ),
    "rejected records": (
        ExitStatus.DIFFERENCES,
        lambda result, _: result.obstacles.append("1 record waits"),
    ),
    "a warning": (
        ExitStatus.DONE,
        lambda result, _: result.failed_tests.append(failed_test(is_warning=True)),
    ),
    "lines not comparable": (
        ExitStatus.DONE,
        lambda result, _: result.not_comparable.append("partial_history"),
    ),
}
CHANGES["lines that nobody chose not to compare"] = (
    ExitStatus.DIFFERENCES,
    lambda result, _: result.not_comparable.append("year_end_unknown"),
)
GRAVEST_FIRST = [ExitStatus.ERROR, ExitStatus.LIMIT_REACHED, ExitStatus.DIFFERENCES, ExitStatus.DONE]


def result_with(*names: str) -> SyncResult:
    outcome = Outcome()
    reading = cast("Reading", SimpleNamespace(outcome=outcome))
    tally = Tally("comp_1", "trial_balance", "month-ends", 1, 1, 0)
    result = SyncResult([CompanyResult("north", "comp_1", reading)], tallies=[tally])
    for name in names:
        CHANGES[name][1](result, outcome)
    return result


def test_a_sync_in_which_nothing_went_wrong_is_done() -> None:
    assert result_with().status is ExitStatus.DONE
    assert SyncResult().status is ExitStatus.DONE


@pytest.mark.parametrize("name", CHANGES)
def test_each_thing_that_can_be_wrong_has_its_status(name: str) -> None:
    assert result_with(name).status is CHANGES[name][0]


def test_of_all_that_went_wrong_the_gravest_decides() -> None:
    for size in (2, 3):
        for names in itertools.combinations(CHANGES, size):
            gravest = min((CHANGES[name][0] for name in names), key=GRAVEST_FIRST.index)
            assert result_with(*names).status is gravest, names


def test_a_company_whose_books_were_not_opened_still_counts() -> None:
    result = result_with()
    result.companies.insert(0, CompanyResult("south", error=UnauthorizedError("no")))
    assert result.status is ExitStatus.ERROR


def test_the_figures_of_the_statuses_are_what_other_programs_rely_on() -> None:
    assert {status.name: int(status) for status in ExitStatus} == {
        "DONE": 0,
        "ERROR": 1,
        "USAGE": 2,
        "DIFFERENCES": 3,
        "LIMIT_REACHED": 4,
    }


def test_the_last_line_claims_equality_only_where_there_is_nothing_else_to_say() -> None:
    equal = "Done. The warehouse equals AccBooks' reports to the penny."
    assert verdict(result_with())[0] == equal
    assert verdict(result_with("a warning"))[0] == equal
    assert verdict(result_with("lines not comparable"))[0] == (
        "Done. What can be compared equals AccBooks' reports to the penny."
    )
    for name, (status, _) in CHANGES.items():
        if status is not ExitStatus.DONE:
            assert "equals AccBooks" not in verdict(result_with(name))[0], name


def test_the_last_line_names_the_earliest_period_that_differs() -> None:
    result = result_with("differing lines")
    result.lines.append(line(period_end=dt.date(2025, 12, 31)))
    assert verdict(result)[0] == (
        "2 lines differ from AccBooks' reports, the earliest on 2025-12-31. Nothing that was read "
        "explains it: 'accbooks sync --from 1900-01-01' reads everything, and "
        "accbooks.reconciliation_suspects names "
        "documents that amount to a difference."
    )


def test_the_last_line_says_what_to_do_about_each_cause() -> None:
    result = result_with("differing lines")
    result.lines[:] = [line(cause="in_flight"), line(cause="rejected_record"), line(cause="in_flight")]
    assert verdict(result)[0].endswith(
        "Records in quarantine may be why: see accbooks_raw.rejected_records. "
        "The books were being edited while they were read: run again."
    )


def test_a_report_that_differs_is_fetched_again_if_it_is_older_than_the_run_or_not_held() -> None:
    month = line("profit_loss", period_start=dt.date(2026, 3, 1))
    lines = [line(), line(nominal_code="4000"), month, line("balance_sheet")]
    end = dt.date(2026, 3, 31)
    reads = [
        LastRead("trial_balance", None, end, NOON - dt.timedelta(days=1)),
        LastRead("balance_sheet", None, end, NOON + dt.timedelta(minutes=1)),
    ]
    assert out_of_date(lines, reads, NOON) == {
        "trial_balance": [ReportRequest(pendulum.date(2026, 3, 31))],
        "profit_loss": [ReportRequest(pendulum.date(2026, 3, 31), pendulum.date(2026, 3, 1))],
    }


def test_a_line_knows_the_report_it_belongs_to() -> None:
    assert report_request(line()) == ReportRequest(pendulum.date(2026, 3, 31))
    assert report_request(line(period_start=dt.date(2025, 4, 1))) == ReportRequest(
        pendulum.date(2026, 3, 31), pendulum.date(2025, 4, 1)
    )
