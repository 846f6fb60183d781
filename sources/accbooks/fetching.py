"""Fetching reports, many in flight."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import partial

import pendulum

from sources.accbooks.crew import Crew
from sources.accbooks.errors import PermissionMissingError
from sources.accbooks.reading import Reading
from sources.accbooks.report_versions import FetchedReport
from sources.accbooks.reports import InconsistentReportError, Report, ReportRequest

logger = logging.getLogger(__name__)

TRIES_PER_REPORT = 3


def fetch_reports(
    report: Report, reading: Reading, requests: Sequence[ReportRequest]
) -> Iterator[FetchedReport]:
    """Yield reports as they arrive, many in flight; what stops the reading is left in its outcome."""
    if not requests or reading.is_stopped:
        return
    reading.progress.started(report.name)
    waiting = [*reversed(requests)]
    budget = reading.client.budget
    crew = Crew(partial(fetch_report, report, reading), lambda: budget.concurrency)
    for done in crew.work(waiting):
        if done.result is not None:
            yield done.result
            continue
        waiting.clear()
        if isinstance(done.error, PermissionMissingError):
            reading.outcome.forbidden[report.name] = done.error
        elif done.error is not None:
            reading.stop_at(done.error)


def fetch_report(
    report: Report, reading: Reading, request: ReportRequest, reason: str | None = None
) -> FetchedReport:
    """Return a report; one that contradicts itself is asked for again before it is given up.

    `reason` says why it is fetched, if for another reason than the reading's other reports.
    """
    spent = reading.client.budget.requests_of_thread
    params = {**report.dates(request), "format": "json"}
    data, rows = None, None
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
    return FetchedReport(
        report,
        request,
        reading.company_id,
        data,
        rows,
        requests,
        reason or reading.report_reason,
        pendulum.now("UTC"),
    )
