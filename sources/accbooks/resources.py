"""What the dlt resources do: read one endpoint or one report, and say what came of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import dlt
import pendulum
from dlt.extract.items import DataItemWithMeta

from sources.accbooks.endpoints import COMPANY, Endpoint
from sources.accbooks.errors import DayBudgetSpentError, PermissionMissingError, UnstableWindowError
from sources.accbooks.package import (
    COMPLETE,
    INCONSISTENT,
    PERMISSION_MISSING,
    SYNC_WINDOWS_COLUMNS,
    Package,
    read_row,
)
from sources.accbooks.pages import ListReader, WindowRead
from sources.accbooks.periods import financial_years, months
from sources.accbooks.quarantine import Quarantine
from sources.accbooks.reading import Reading
from sources.accbooks.records import Row, arrow_table
from sources.accbooks.replacement import any_of, appending, of_company, replacing
from sources.accbooks.reports import InconsistentReportError, Report, ReportRequest, requests_for
from sources.accbooks.windows import PlannedWindow, Synced, Window, plan_window

logger = logging.getLogger(__name__)

TRIES_PER_REPORT = 3
MOST_REJECTED_DAYS = 20
"""Days read again in one run because a record of theirs is in quarantine: a request each."""


def read_endpoint(endpoint: Endpoint, reading: Reading) -> Iterator[DataItemWithMeta]:
    """Read what is due of an endpoint and yield it; dlt's state remembers what is complete.

    A missing permission or a spent day is noted in the reading's outcome: what was read whole is yielded all
    the same, and the next run asks for the rest.
    """
    state = dlt.current.resource_state().setdefault(reading.company_id, {})
    package = Package(endpoint, reading.company_id, frozenset(state.get("undated_rejects", ())))
    if not reading.wants(endpoint.name):
        yield from package.items(anew=reading.repairing)
        return
    planned = planned_windows(endpoint, reading, state)
    is_due = not endpoint.dated or reading.request.window is None
    if read_windows(endpoint, reading, package, planned) and is_due:
        state["synced_on"] = reading.today.to_date_string()
        state["start_date"] = planned_start(reading, state)
    state["undated_rejects"] = package.undated_rejects
    state["rejected_on"] = rejected_on(package, state)
    reading.quarantine.add(endpoint.name, package.rejected, package.windows, package.released)
    reading.outcome.records[endpoint.name] += package.records
    reading.outcome.rejected[endpoint.name] += len(package.rejected)
    reading.progress.finished(endpoint.name, package.records)
    yield from package.items(anew=reading.repairing)


def read_quarantine(reading: Reading) -> Iterator[DataItemWithMeta]:
    """Yield what the endpoints before it rejected, and begin anew."""
    quarantine, reading.quarantine = reading.quarantine, Quarantine(reading.company_id)
    yield quarantine.item()


def planned_windows(endpoint: Endpoint, reading: Reading, state: dict[str, Any]) -> list[PlannedWindow]:
    """Return what is due, and with it the days whose records were rejected: they may have been mended."""
    if not endpoint.dated:
        return [PlannedWindow(Window(), "whole")]
    planned = plan_window(reading.request, synced_from(state))
    if reading.request.window is not None:
        return [planned]
    days = [pendulum.Date.fromisoformat(day) for day in state.get("rejected_on", ())]
    again = [day for day in days if day not in planned.window][:MOST_REJECTED_DAYS]
    return [planned, *(PlannedWindow(Window(day, day), "rejected") for day in again)]


def rejected_on(package: Package, state: dict[str, Any]) -> list[str]:
    """Return the days of the records now in quarantine."""
    before = map(pendulum.Date.fromisoformat, state.get("rejected_on", ()))
    unread = {day for day in before if not any(day in window for window in package.windows)}
    found = {row["date"] for row in package.rejected if row["date"] is not None}
    return sorted(day.isoformat() for day in unread | found)


def read_windows(
    endpoint: Endpoint, reading: Reading, package: Package, planned: Iterable[PlannedWindow]
) -> bool:
    """Read the planned windows into the package; tell whether all of them are there."""
    outcome = reading.outcome
    if outcome.day_spent:
        return False
    reading.progress.started(endpoint.name)
    try:
        for plan in planned:
            for read in window_reads(endpoint, reading, plan.window):
                typed = package.add(read, plan.reason)
                if endpoint.dated:
                    outcome.note_dates(typed)
    except PermissionMissingError as error:
        outcome.forbidden[endpoint.name] = error
        package.reads.append(forbidden_row(reading.company_id, endpoint.name))
    except DayBudgetSpentError as error:
        outcome.day_spent = error
    except UnstableWindowError as error:
        outcome.unstable.append(error)
    else:
        return True
    return False


def window_reads(endpoint: Endpoint, reading: Reading, window: Window) -> Iterator[WindowRead]:
    """Yield an endpoint's records; the company's own record was read when its books were opened."""
    if endpoint == COMPANY:
        if reading.company is None:
            raise reading.forbidden_company or PermissionMissingError(endpoint.permission, endpoint.path)
        reading.progress.page(endpoint.name, 1, 1)
        yield reading.company
        return
    reader = ListReader(
        reading.client,
        endpoint.path,
        endpoint.permission,
        lambda records, total: reading.progress.page(endpoint.name, records, total),
    )
    yield from reader.read(window, reading.likely_dates if endpoint.dated else None)


def synced_from(state: dict[str, Any]) -> Synced | None:
    """Return what the state says of the last complete sync."""
    if "synced_on" not in state:
        return None
    start = state.get("start_date")
    return Synced(
        pendulum.Date.fromisoformat(state["synced_on"]), pendulum.Date.fromisoformat(start) if start else None
    )


def planned_start(reading: Reading, state: dict[str, Any]) -> str | None:
    """Return where the copy begins after this run: a later start_date does not take back what is there."""
    start = reading.request.start_date
    before = state.get("start_date")
    if start is None or ("synced_on" in state and before is None and "start_date" in state):
        return None
    text: str = start.to_date_string()
    return min(text, before) if before else text


def forbidden_row(company_id: str, resource: str) -> Row:
    """Return the row of sync_windows that records a missing permission."""
    nothing = WindowRead(Window(), [], 0, 1, pendulum.now("UTC"))
    return read_row(company_id, resource, nothing, reason="permission", outcome=PERMISSION_MISSING)


def read_report(report: Report, reading: Reading) -> Iterator[DataItemWithMeta]:
    """Fetch the reports asked for and yield their lines; each replaces the version held before."""
    outcome = reading.outcome
    requests = report_requests(report, reading)
    fetched: list[ReportRequest] = []
    rows: list[Row] = []
    reads: list[Row] = []
    if requests:
        reading.progress.started(report.name)
    try:
        for request in requests if not outcome.day_spent else []:
            lines, read = fetch_report(report, reading, request)
            reads.append(read)
            if lines is not None:
                fetched.append(request)
                rows.extend(lines)
            reading.progress.page(report.name, 1, len(requests))
    except PermissionMissingError as error:
        outcome.forbidden[report.name] = error
        reads.append(forbidden_row(reading.company_id, report.name))
    except DayBudgetSpentError as error:
        outcome.day_spent = error
    outcome.records[report.name] += len(fetched)
    if requests:
        reading.progress.finished(report.name, len(fetched))
    yield replacing(
        report.name,
        arrow_table(report.all_columns, rows),
        ("company_id", *report.date_columns, "line_number"),
        of_company(reading.company_id, any_of(_as_condition(report, request) for request in fetched)),
        anew=reading.repairing,
    )
    yield appending("sync_windows", arrow_table(SYNC_WINDOWS_COLUMNS, reads))


def report_requests(report: Report, reading: Reading) -> list[ReportRequest]:
    """Return what to fetch of a report: what was planned, or all periods of the records just read."""
    if reading.report_requests is not None:
        return list(reading.report_requests.get(report.name, ()))
    first = reading.outcome.first_posting
    until = max(reading.outcome.last_posting or reading.today, reading.today)
    years = financial_years(reading.financial_year_end, first, until) if first else []
    return requests_for(report, months(first or reading.today, until), years)


def fetch_report(report: Report, reading: Reading, request: ReportRequest) -> tuple[list[Row] | None, Row]:
    """Return a report's lines, None if it stayed inconsistent, and the row of sync_windows about it."""
    spent = reading.client.budget.requests
    params = {**report.dates(request), "format": "json"}
    rows: list[Row] | None = None
    for attempt in range(TRIES_PER_REPORT):
        data = reading.client.get(report.path, params, permission=report.permission)["data"]
        try:
            rows = report.rows(reading.company_id, request, data)
            break
        except InconsistentReportError as error:
            logger.warning("AccBooks' %s %s is not usable: %s.", report.name, request, error)
            if attempt == TRIES_PER_REPORT - 1:
                reading.outcome.inconsistent.append(f"{report.name} {request}: {error}")
    requests = reading.client.budget.requests - spent
    window = Window(request.start, request.end)
    read = WindowRead(window, rows or [], 1, requests, pendulum.now("UTC"))
    outcome = INCONSISTENT if rows is None else COMPLETE
    return rows, read_row(reading.company_id, report.name, read, reason="report", outcome=outcome)


def _as_condition(report: Report, request: ReportRequest) -> str:
    dates = report.dates(request)
    return "(" + " and ".join(f"\"{name}\" = '{day}'" for name, day in dates.items()) + ")"
