"""Fetch reports, many at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pendulum

from ..api.workers import WorkerPool
from ..errors import PermissionMissingError, RefusedParameterError
from ..tables.fetched_reports import FetchedReport
from ..tables.reports import REPORTS, InconsistentReportError, Report, ReportRequest, Reports
from .books import Books
from .outcome import Outcome

logger = logging.getLogger(__name__)

TRIES_PER_REPORT = 3

Wanted = tuple[Report, ReportRequest]


def fetch_reports(
    books: Books, wanted: Reports, reason: str, outcome: Outcome, stop: Callable[[Exception], None]
) -> Iterator[FetchedReport]:
    """Yield reports as they arrive; many are fetched at a time.

    The outcome notes reports that could not be read or used; `stop` gets the error that ends the reading.
    """
    waiting = [(report, request) for report in REPORTS for request in wanted.get(report.name, ())]
    if not waiting:
        return
    usable = {report.name: 0 for report, _ in waiting}
    for name in usable:
        books.progress.started(name)
    waiting.reverse()  # the last one is taken first
    pool: WorkerPool[Wanted, FetchedReport] = WorkerPool(
        lambda each: fetch_report(each[0], books, each[1], reason), lambda: books.budget.concurrency
    )
    for done in pool.work(waiting):
        report, _ = done.task
        if done.result is not None:
            usable[report.name] += done.result.rows is not None
            books.progress.page(report.name, 1, len(wanted[report.name]))
            outcome.note_reports([done.result])
            yield done.result
        elif isinstance(done.error, PermissionMissingError):
            outcome.note_forbidden(report.name, done.error)
            waiting[:] = [each for each in waiting if each[0] != report]
        elif done.error is not None:
            waiting.clear()
            stop(done.error)
    for name, count in usable.items():
        books.progress.finished(name, count)


def fetch_report(report: Report, books: Books, request: ReportRequest, reason: str) -> FetchedReport:
    """Return a report; one that contradicts itself is fetched again before it is given up.

    If AccBooks refuses the dates it is given up at once, so that the company's other reports are still read.
    `reason` says why it is fetched.
    """
    spent = books.budget.requests_of_thread
    params = {**report.dates(request), "format": "json"}
    data, rows, fault = None, None, None
    for _ in range(TRIES_PER_REPORT):
        try:
            data = books.client.get(report.path, params, permission=report.permission)["data"]
            rows = report.rows(books.company_id, request, data)
            fault = None
            break
        except RefusedParameterError as error:
            logger.warning("%s", error)
            fault = str(error).removesuffix(".")
            break
        except InconsistentReportError as error:
            logger.warning("AccBooks' %s %s is not usable: %s.", report.name, request, error)
            fault = str(error)
    requests = books.budget.requests_of_thread - spent
    return FetchedReport(
        report, request, books.company_id, data, rows, requests, reason, pendulum.now("UTC"), fault
    )
