"""Fetching reports, many in flight."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pendulum

from ..api.workers import WorkerPool
from ..errors import PermissionMissingError, RefusedParameterError
from ..tables.fetched_reports import FetchedReport
from ..tables.reports import REPORTS, InconsistentReportError, Report, ReportRequest, Reports
from .books import Reading

logger = logging.getLogger(__name__)

TRIES_PER_REPORT = 3

Wanted = tuple[Report, ReportRequest]


def fetch_reports(reading: Reading, wanted: Reports) -> Iterator[FetchedReport]:
    """Yield reports as they arrive, many in flight; what stops the reading is left in its outcome."""
    waiting = [(report, request) for report in REPORTS for request in wanted.get(report.name, ())]
    if not waiting or reading.is_stopped:
        return
    usable = {report.name: 0 for report, _ in waiting}
    for name in usable:
        reading.progress.started(name)
    waiting.reverse()  # the last one is taken first
    pool: WorkerPool[Wanted, FetchedReport] = WorkerPool(
        lambda each: fetch_report(each[0], reading, each[1]), lambda: reading.client.budget.concurrency
    )
    for done in pool.work(waiting):
        report, _ = done.task
        if done.result is not None:
            usable[report.name] += done.result.rows is not None
            reading.progress.page(report.name, 1, len(wanted[report.name]))
            yield done.result
        elif isinstance(done.error, PermissionMissingError):
            reading.outcome.forbidden[report.name] = done.error
            waiting[:] = [each for each in waiting if each[0] != report]
        elif done.error is not None:
            waiting.clear()
            reading.stop_at(done.error)
    for name, count in usable.items():
        reading.progress.finished(name, count)


def fetch_report(
    report: Report, reading: Reading, request: ReportRequest, reason: str | None = None
) -> FetchedReport:
    """Return a report; one that contradicts itself is asked for again before it is given up.

    One whose dates AccBooks refuses is given up at once: it must not cost the company its other reports.
    `reason` says why it is fetched, if for another reason than the reading's other reports.
    """
    spent = reading.client.budget.requests_of_thread
    params = {**report.dates(request), "format": "json"}
    data, rows, fault = None, None, None
    for _ in range(TRIES_PER_REPORT):
        try:
            data = reading.client.get(report.path, params, permission=report.permission)["data"]
            rows = report.rows(reading.company_id, request, data)
            fault = None
            break
        except RefusedParameterError as error:
            logger.warning("%s", error)
            fault = str(error).removesuffix(".")
            break
        except InconsistentReportError as error:
            logger.warning("AccBooks' %s %s is not usable: %s.", report.name, request, error)
            fault = str(error)
    if fault is None:
        reading.outcome.inconsistent.pop((report.name, request), None)
    else:
        reading.outcome.inconsistent[report.name, request] = fault
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
        fault,
    )
