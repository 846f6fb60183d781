"""Which of AccBooks' reports to fetch, so that every period the books have is proved by a fresh one.

A report held in the warehouse stays good until records are read that could change it. So a report is due if
it was never fetched, or if a window of records that reaches into its period was read after it. The rule needs
no memory but the warehouse's own sync_windows: a run that died half-way leaves nothing forgotten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pendulum
from sources.accbooks.periods import financial_years, months
from sources.accbooks.reports import REPORTS, ReportRequest, requests_for

from pipelines.destinations import Warehouse
from pipelines.load import DATED_RESOURCES

Reports = Mapping[str, Sequence[ReportRequest]]


@dataclass(frozen=True)
class LastRead:
    """When a window of a resource, or a report, was last read whole."""

    resource: str
    start: dt.date | None
    end: dt.date | None
    fetched_at: dt.datetime

    def reaches(self, request: ReportRequest) -> bool:
        """Tell whether a record of this window can change the report."""
        if self.start is not None and self.start > request.end:
            return False
        return request.start is None or self.end is None or self.end >= request.start


def due(wanted: Reports, reads: Iterable[LastRead]) -> Reports:
    """Return the wanted reports that are missing or older than a read that can change them."""
    reads = list(reads)
    windows = [read for read in reads if read.resource in DATED_RESOURCES]
    fetched = {(read.resource, read.start, read.end): read.fetched_at for read in reads}

    def is_due(name: str, request: ReportRequest) -> bool:
        at = fetched.get((name, request.start, request.end))
        return at is None or any(window.fetched_at > at and window.reaches(request) for window in windows)

    return {name: [each for each in requests if is_due(name, each)] for name, requests in wanted.items()}


def reports_of_the_books(
    warehouse: Warehouse, company_id: str, year_end: str | None, today: pendulum.Date
) -> Reports:
    """Return every report that proves the books: month-ends, months and financial years.

    Months run from the first posting to the later of today and the last posting. Books without any posting
    are proved by the reports of this month, which then must be empty.
    """
    first, last = posting_dates(warehouse, company_id)
    return reports_between(first, max(last or today, today), year_end)


def reports_between(first: dt.date | None, until: dt.date, year_end: str | None) -> Reports:
    """Return every report that proves books whose first posting is of that day; None if there is none."""
    every_month = months(first or until, until)
    every_year = financial_years(year_end, first, until) if first else []
    return {report.name: requests_for(report, every_month, every_year) for report in REPORTS}


def posting_dates(warehouse: Warehouse, company_id: str) -> tuple[dt.date | None, dt.date | None]:
    """Return the dates of the first and last document held that is neither draft nor void."""
    documents = """
        select date from {raw}.transactions where company_id = %s and {posted}
        union all
        select date from {raw}.invoices where company_id = %s and {posted}
        union all
        select date from {raw}.journals where company_id = %s
    """.format(raw=warehouse.raw, posted="(status is null or status not in ('draft', 'void'))")
    ((first, last),) = warehouse.query(
        f"select min(date), max(date) from ({documents}) as documents",
        *[company_id] * 3,
    )
    return first, last


def last_reads(warehouse: Warehouse, company_id: str) -> list[LastRead]:
    """Return when each window and report of a company was last read whole."""
    start, end = warehouse.quoted("from"), warehouse.quoted("to")
    rows = warehouse.query(
        f"""
        select resource, {start}, {end}, max(fetched_at)
        from {warehouse.raw}.sync_windows
        where company_id = %s and outcome = 'complete'
        group by resource, {start}, {end}
        """,
        company_id,
    )
    return [LastRead(*row) for row in rows]
