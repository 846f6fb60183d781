"""What the exit status and the last line of a sync say, for everything that can have gone wrong."""

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from decimal import Decimal
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.pipelines.errors import TransformError
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.summary import last_line
from accbooks_warehouse.pipelines.queries.findings import (
    ERROR,
    PARTIAL_HISTORY,
    REPORT_DIFFERS,
    WARNING,
    Finding,
    Findings,
)
from accbooks_warehouse.pipelines.queries.reads import LastRead
from accbooks_warehouse.pipelines.queries.reconciliation import Line, MatchCount
from accbooks_warehouse.pipelines.sync.heal import Healing, out_of_date, report_request
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.sources.accbooks.errors import (
    DayBudgetSpentError,
    PermissionMissingError,
    UnauthorizedError,
    UnstableWindowError,
)
from accbooks_warehouse.sources.accbooks.reading.outcome import Outcome
from accbooks_warehouse.sources.accbooks.tables.reports import ReportRequest

NOON = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
MARCH = ReportRequest(pendulum.date(2026, 3, 31))
Change = Callable[[SyncResult], SyncResult]


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


def finding(check_name: str, severity: str = ERROR, **changes: Any) -> Finding:
    values: dict[str, Any] = dict.fromkeys(field.name for field in fields(Finding))
    named = {"finding_id": check_name, "company_id": "comp_1", "check_name": check_name, "severity": severity}
    return Finding(**values | named | {"message": f"The check {check_name} found something."} | changes)


def differs(**changes: Any) -> Finding:
    line = {"report": "trial_balance", "period_end": dt.date(2026, 3, 31), "nominal_code": "1200"}
    return finding(REPORT_DIFFERS, **line | changes)


def add(result: SyncResult, *found: Finding) -> SyncResult:
    return replace(result, findings=Findings((*result.findings.rows, *found)))


def join(result: SyncResult, company: CompanyResult) -> SyncResult:
    return replace(result, companies=(*result.companies, company))


def read(result: SyncResult, outcome: Outcome) -> SyncResult:
    """Have something happen in the loads of the first company, besides what happened already."""
    first, *others = result.companies
    return replace(result, companies=(replace(first, outcome=first.outcome.then(outcome)), *others))


CHANGES: dict[str, tuple[ExitStatus, Change]] = {
    "a company's error": (
        ExitStatus.ERROR,
        lambda result: join(result, CompanyResult("south", error=UnauthorizedError("no"))),
    ),
    "books that cannot be built": (
        ExitStatus.ERROR,
        lambda result: join(result, CompanyResult("west", error=TransformError("no"))),
    ),
    "unstable pages": (
        ExitStatus.ERROR,
        lambda result: read(
            result, Outcome(unstable=[UnstableWindowError("x", "y", "invoices", (None, None))])
        ),
    ),
    "a spent day": (
        ExitStatus.LIMIT_REACHED,
        lambda result: read(result, Outcome(limit_reached=DayBudgetSpentError("x", 0))),
    ),
    "differing lines": (ExitStatus.DIFFERENCES, lambda result: add(result, differs())),
    "another error": (
        ExitStatus.DIFFERENCES,
        lambda result: add(result, finding("rejected_record")),
    ),
    "a warning": (
        ExitStatus.DONE,
        lambda result: add(result, finding("invoice_not_found", WARNING)),
    ),
    "dates that are not held": (
        ExitStatus.DONE,
        lambda result: add(result, finding(PARTIAL_HISTORY, WARNING)),
    ),
    "what the findings alone judge": (
        ExitStatus.DONE,
        lambda result: read(
            result,
            Outcome(
                forbidden={"invoices": PermissionMissingError("invoices", "invoices")},
                faults={("trial_balance", MARCH): "x"},
            ),
        ),
    ),
}
GRAVEST_FIRST = [ExitStatus.ERROR, ExitStatus.LIMIT_REACHED, ExitStatus.DIFFERENCES, ExitStatus.DONE]


def result_with(*names: str) -> SyncResult:
    match_count = MatchCount("comp_1", "trial_balance", "month-ends", 1, 1, 0)
    result = SyncResult((CompanyResult("north", "comp_1"),), (match_count,))
    for name in names:
        result = CHANGES[name][1](result)
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
    result = join(result_with(), CompanyResult("south", error=UnauthorizedError("no")))
    assert result.status is ExitStatus.ERROR


def test_how_a_sync_went_cannot_be_changed_afterwards() -> None:
    result = result_with()
    for value, name in ((result, "findings"), (result.companies[0], "error"), (Healing(), "windows")):
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, None)


def test_the_figures_of_the_statuses_are_what_other_programs_rely_on() -> None:
    assert {status.name: int(status) for status in ExitStatus} == {
        "DONE": 0,
        "ERROR": 1,
        "USAGE": 2,
        "DIFFERENCES": 3,
        "LIMIT_REACHED": 4,
    }


def test_the_last_line_claims_equality_only_where_there_is_nothing_else_to_say() -> None:
    equal = "Done. The warehouse matches AccBooks' reports to the penny."
    assert last_line(result_with())[0] == equal
    assert last_line(result_with("a warning"))[0] == f"{equal} 1 warning: 1 invoice_not_found."
    assert last_line(result_with("dates that are not held"))[0] == (
        "Done. What can be compared matches AccBooks' reports to the penny. 1 warning: 1 partial_history."
    )
    left = join(result_with(), CompanyResult("south", waits_for="the company south"))
    assert last_line(left)[0] == (
        "Done. What was synced matches AccBooks' reports to the penny. "
        "1 of 2 companies was left to other runs."
    )
    left = join(left, CompanyResult("west", waits_for="the company west"))
    assert last_line(left)[0].endswith(" 2 of 3 companies were left to other runs.")
    for name, (status, _) in CHANGES.items():
        if status is not ExitStatus.DONE:
            assert "matches AccBooks" not in last_line(result_with(name))[0], name


def test_the_last_line_names_the_earliest_period_that_differs() -> None:
    result = result_with("differing lines")
    assert (
        last_line(result)[0] == "Loaded, but 1 report line differs from AccBooks, the earliest on 2026-03-31."
    )
    result = add(result, differs(period_end=dt.date(2025, 12, 31)))
    assert (
        last_line(result)[0] == "Loaded, but 2 report lines differ from AccBooks, the earliest on 2025-12-31."
    )


def test_the_last_line_counts_what_was_found_besides_by_check() -> None:
    result = result_with("differing lines", "another error", "a warning")
    assert last_line(result)[0] == (
        "Loaded, but 1 report line differs from AccBooks, the earliest on 2026-03-31. "
        "Also, 1 check failed: 1 rejected_record."
    )
    result = result_with("another error", "another error", "a warning")
    assert last_line(result)[0] == "Loaded, but 2 checks failed: 2 rejected_record."


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
