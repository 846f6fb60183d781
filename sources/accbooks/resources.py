"""What the dlt resources do: hand over a package of records, or fetch one report."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import partial

import dlt
import pendulum
from dlt.extract.items import DataItemWithMeta

from sources.accbooks.bookmark import Bookmark
from sources.accbooks.crew import Crew
from sources.accbooks.endpoints import ENDPOINTS
from sources.accbooks.errors import PermissionMissingError
from sources.accbooks.extraction import Extraction, forbidden_row
from sources.accbooks.package import COMPLETE, INCONSISTENT, SYNC_WINDOWS_COLUMNS, Package, read_row
from sources.accbooks.pages import WindowRead
from sources.accbooks.periods import financial_years, months
from sources.accbooks.quarantine import Quarantine
from sources.accbooks.reading import Reading
from sources.accbooks.records import Row, arrow_table
from sources.accbooks.replacement import any_of, appending, of_company, replacing
from sources.accbooks.reports import REPORTS, InconsistentReportError, Report, ReportRequest, requests_for
from sources.accbooks.windows import Window

logger = logging.getLogger(__name__)

TRIES_PER_REPORT = 3


class Delivery:
    """The next package of a reading, read when the first resource asks for its part."""

    def __init__(self, reading: Reading, extraction: Extraction) -> None:
        self._reading = reading
        self._extraction = extraction
        self._packages: dict[str, Package] | None = None

    def part(self, name: str) -> Package | None:
        """Return an endpoint's part of the package and let go of it; None if nothing of it was read."""
        if self._packages is None:
            self._packages = self._next()
        return self._packages.pop(name, None)

    def requests(self, report: Report) -> list[ReportRequest]:
        """Return what to fetch of a report: what was planned, or all periods of the records just read.

        These only if there is room for all reports; what finds none is for another load.
        """
        planned = self._reading.report_requests
        if planned is None:
            planned = reports_of(self._reading)
            if not self._extraction.has_room_for(sum(map(len, planned.values()))):
                planned = {}
            self._reading.report_requests = planned
        return list(planned.get(report.name, ()))

    def _next(self) -> dict[str, Package]:
        """Read the next package; dlt's state says what is due, and is moved on."""
        resources = dlt.current.source_state().setdefault("resources", {})
        company_id = self._reading.company_id
        bookmarks = {
            endpoint.name: Bookmark(resources.setdefault(endpoint.name, {}).setdefault(company_id, {}))
            for endpoint in ENDPOINTS
        }
        return dict(self._extraction.package(bookmarks))


def read_endpoint(name: str, delivery: Delivery, reading: Reading) -> Iterator[DataItemWithMeta]:
    """Yield an endpoint's part of the package."""
    package = delivery.part(name)
    if package is not None:
        yield from package.items(reading.writing)


def read_quarantine(reading: Reading) -> Iterator[DataItemWithMeta]:
    """Yield what the endpoints before it rejected, and begin anew."""
    quarantine, reading.quarantine = reading.quarantine, Quarantine(reading.company_id)
    yield quarantine.item(reading.writing)


def read_report(report: Report, delivery: Delivery, reading: Reading) -> Iterator[DataItemWithMeta]:
    """Fetch the reports asked for and yield their lines; each replaces the version held before.

    A missing permission, a spent day or another error ends it: what was fetched before is yielded.
    """
    outcome = reading.outcome
    requests = delivery.requests(report)
    fetched: list[ReportRequest] = []
    rows: list[Row] = []
    reads: list[Row] = []
    for request, lines, read in fetch_reports(report, reading, requests):
        reads.append(read)
        if lines is not None:
            fetched.append(request)
            rows.extend(lines)
        reading.progress.page(report.name, 1, len(requests))
    if report.name in outcome.forbidden:
        reads.append(forbidden_row(reading.company_id, report.name))
    outcome.records[report.name] += len(fetched)
    if requests:
        reading.progress.finished(report.name, len(fetched))
    yield replacing(
        report.name,
        arrow_table(report.all_columns, rows),
        ("company_id", *report.date_columns, "line_number"),
        of_company(reading.company_id, any_of(_as_condition(report, request) for request in fetched)),
        writing=reading.writing,
    )
    yield appending("sync_windows", arrow_table(SYNC_WINDOWS_COLUMNS, reads))


def reports_of(reading: Reading) -> dict[str, list[ReportRequest]]:
    """Return all reports of the periods that the records just read lie in, up to today."""
    first = reading.outcome.first_posting
    until = max(reading.outcome.last_posting or reading.today, reading.today)
    years = financial_years(reading.financial_year_end, first, until) if first else []
    periods = months(first or reading.today, until)
    return {report.name: requests_for(report, periods, years) for report in REPORTS}


def fetch_reports(
    report: Report, reading: Reading, requests: Sequence[ReportRequest]
) -> Iterator[tuple[ReportRequest, list[Row] | None, Row]]:
    """Yield reports as they arrive, many in flight: request, lines and row of sync_windows."""
    if not requests or reading.is_stopped:
        return
    reading.progress.started(report.name)
    waiting = [*reversed(requests)]
    budget = reading.client.budget
    crew = Crew(partial(fetch_report, report, reading), lambda: budget.concurrency)
    for done in crew.work(waiting):
        if done.result is not None:
            yield done.task, *done.result
            continue
        waiting.clear()
        if isinstance(done.error, PermissionMissingError):
            reading.outcome.forbidden[report.name] = done.error
        elif done.error is not None:
            reading.stop_at(done.error)


def fetch_report(report: Report, reading: Reading, request: ReportRequest) -> tuple[list[Row] | None, Row]:
    """Return a report's lines, None if it stayed inconsistent, and the row of sync_windows about it."""
    spent = reading.client.budget.requests_of_thread
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
    requests = reading.client.budget.requests_of_thread - spent
    window = Window(request.start, request.end)
    read = WindowRead(window, [], 1, requests, pendulum.now("UTC"))
    outcome, lines = (INCONSISTENT, 0) if rows is None else (COMPLETE, len(rows))
    row = read_row(reading.company_id, report.name, read, reason="report", outcome=outcome, lines=lines)
    return rows, row


def _as_condition(report: Report, request: ReportRequest) -> str:
    dates = report.dates(request)
    return "(" + " and ".join(f"\"{name}\" = '{day}'" for name, day in dates.items()) + ")"
