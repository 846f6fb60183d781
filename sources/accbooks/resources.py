"""What the dlt resources do: hand over a package of records, or fetch one report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import dlt
from dlt.extract.items import DataItemWithMeta

from .books_calendar import calendar_of_months
from .endpoints import COMPANY, ENDPOINTS
from .reading.bookmark import Bookmark
from .reading.books import Reading
from .reading.extraction import Bookmarks, Extraction, forbidden_row
from .reading.report_reader import fetch_reports
from .tables.fetched_reports import FetchedReport, versions
from .tables.merge import Quoting, Writing, any_of, of_company, replacing
from .tables.package import Package, sync_windows
from .tables.quarantine import Quarantine
from .tables.reports import Report, ReportRequest, Reports, requests_for

REPAIR = "repair"
"""Why reports are fetched that differed: no sync waits for them."""


class Delivery:
    """The next package of a reading, read when the first resource asks for its part.

    Of the reports, those whose names are in `together` are fetched when the first of them is asked for.
    """

    def __init__(self, reading: Reading, extraction: Extraction, together: Collection[str] = ()) -> None:
        self._reading = reading
        self._extraction = extraction
        self._together = together
        self._packages: dict[str, Package] | None = None
        self._planned: dict[str, Sequence[ReportRequest]] | None = None
        self._fetched: list[FetchedReport] = []

    def part(self, name: str) -> Package | None:
        """Return an endpoint's part of the package and let go of it; None if nothing of it was read."""
        if self._packages is None:
            self._packages = self._next()
        return self._packages.pop(name, None)

    def reports(self, report: Report) -> list[FetchedReport]:
        """Return what was fetched of a kind of report."""
        if self._planned is None:
            self._planned = dict(self._plan())
        names = {report.name, *self._together} & self._planned.keys()
        self._fetched += fetch_reports(self._reading, {name: self._planned.pop(name) for name in names})
        if self._reading.report_reason != REPAIR:
            self._reading.note_limit(self._bookmarks()[COMPANY.name])
        return [each for each in self._fetched if each.report == report]

    def _plan(self) -> Reports:
        """Return what to fetch of the reports: what was planned, or all periods of the records just read.

        After records only if there is room for all reports; what finds none is for another load.
        """
        planned = self._reading.report_requests
        if planned is None:
            planned = reports_of(self._reading)
        follows_records = self._packages is not None
        if follows_records and not self._extraction.has_room_for(sum(map(len, planned.values()))):
            return {}
        return planned

    def _next(self) -> dict[str, Package]:
        """Read the next package; dlt's state says what is due, and is moved on."""
        return dict(self._extraction.package(self._bookmarks()))

    def _bookmarks(self) -> Bookmarks:
        """Return the bookmarks that dlt's state keeps."""
        resources = dlt.current.source_state().setdefault("resources", {})
        company_id = self._reading.company_id
        return {
            endpoint.name: Bookmark(resources.setdefault(endpoint.name, {}).setdefault(company_id, {}))
            for endpoint in ENDPOINTS
        }


def read_endpoint(name: str, delivery: Delivery, reading: Reading) -> Iterator[DataItemWithMeta]:
    """Yield an endpoint's part of the package."""
    package = delivery.part(name)
    if package is not None:
        yield from package.items(reading.writing)


def read_quarantine(reading: Reading) -> Iterator[DataItemWithMeta]:
    """Yield what the endpoints before it rejected, and begin anew."""
    quarantine, reading.quarantine = reading.quarantine, Quarantine(reading.company_id)
    yield quarantine.item(reading.writing)


def read_kept_pages(reading: Reading) -> Iterator[DataItemWithMeta]:
    """Yield what changes of the pages that are kept; nothing, as a rule."""
    if reading.kept_pages.has_changes:
        yield reading.kept_pages.item(is_first=reading.writing is Writing.FIRST)


def read_report(report: Report, delivery: Delivery, reading: Reading) -> Iterator[DataItemWithMeta]:
    """Fetch the reports asked for and yield their lines; each replaces the version held before.

    A missing permission, a spent day or another error ends it: what was fetched before is yielded. So is what
    was fetched already while a difference was looked for.
    """
    outcome = reading.outcome
    fetched = [*reading.take_probes(report), *delivery.reports(report)]
    usable = [each for each in fetched if each.rows is not None]
    reads = [each.read for each in fetched]
    if report.name in outcome.forbidden:
        reads.append(forbidden_row(reading.company_id, report.name))
    outcome.records[report.name] += len(usable)
    yield replacing(
        report.name,
        report.table([row for each in usable for row in each.rows or ()]),
        ("company_id", *report.date_columns, "line_number"),
        of_company(
            reading.company_id,
            any_of(_as_condition(report, each.request, reading.quoted) for each in usable),
        ),
        writing=reading.writing,
    )
    yield versions(fetched, reading.writing)
    yield sync_windows(reads, reading.opened_at)


def reports_of(reading: Reading) -> dict[str, list[ReportRequest]]:
    """Return all reports of the periods that the records just read were posted in, and of this month."""
    posted = reading.outcome.posting_months
    return requests_for(calendar_of_months(posted, reading.today, reading.financial_year_end))


def _as_condition(report: Report, request: ReportRequest, quoted: Quoting) -> str:
    dates = report.dates(request)
    return "(" + " and ".join(f"{quoted(name)} = '{day}'" for name, day in dates.items()) + ")"
