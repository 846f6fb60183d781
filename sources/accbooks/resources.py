"""What the dlt resources do: yield their part of a package of records, or the reports of a kind."""

from __future__ import annotations

from collections.abc import Iterator

import dlt
from dlt.extract.items import DataItemWithMeta

from .endpoints import ENDPOINTS
from .reading.bookmark import Bookmark
from .reading.due import Bookmarks
from .reading.extraction import Extraction, forbidden_row
from .tables.fetched_reports import versions
from .tables.merge import Quoting, Writing, any_of, of_company, replacing
from .tables.reports import Report, ReportRequest
from .tables.sync_windows import sync_windows


def read_endpoint(name: str, extraction: Extraction) -> Iterator[DataItemWithMeta]:
    """Yield an endpoint's part of the package."""
    package = extraction.part(name, _bookmarks(extraction))
    if package is not None:
        yield from package.items(extraction.writing)


def read_quarantine(extraction: Extraction) -> Iterator[DataItemWithMeta]:
    """Yield what the endpoints before it rejected."""
    yield extraction.quarantine.item(extraction.writing)


def read_kept_pages(extraction: Extraction) -> Iterator[DataItemWithMeta]:
    """Yield what changes of the pages that are kept; nothing, as a rule."""
    if extraction.kept_pages.has_changes:
        yield extraction.kept_pages.item(is_first=extraction.writing is Writing.FIRST)


def read_report(report: Report, extraction: Extraction) -> Iterator[DataItemWithMeta]:
    """Fetch the reports asked for and yield their lines; each replaces the version held before.

    A missing permission, a spent day or another error ends it: what was fetched before is yielded. So is what
    was fetched already while a difference was looked for.
    """
    books, request, outcome = extraction.books, extraction.request, extraction.outcome
    fetched = extraction.reports(report, _bookmarks(extraction))
    usable = [each for each in fetched if each.rows is not None]
    reads = [each.read for each in fetched]
    if report.name in outcome.forbidden:
        reads.append(forbidden_row(books.company_id, report.name))
    outcome.records[report.name] += len(usable)
    yield replacing(
        report.name,
        report.table([row for each in usable for row in each.rows or ()]),
        ("company_id", *report.date_columns, "line_number"),
        of_company(
            books.company_id,
            any_of(_as_condition(report, each.request, request.quoted) for each in usable),
        ),
        writing=extraction.writing,
    )
    yield versions(fetched, extraction.writing)
    yield sync_windows(reads, books.opened_at)


def _bookmarks(extraction: Extraction) -> Bookmarks:
    """Return the bookmarks that dlt's state keeps: it says what is due, and is moved on."""
    resources = dlt.current.source_state().setdefault("resources", {})
    company_id = extraction.books.company_id
    return {
        endpoint.name: Bookmark(resources.setdefault(endpoint.name, {}).setdefault(company_id, {}))
        for endpoint in ENDPOINTS
    }


def _as_condition(report: Report, request: ReportRequest, quoted: Quoting) -> str:
    dates = report.dates(request)
    return "(" + " and ".join(f"{quoted(name)} = '{day}'" for name, day in dates.items()) + ")"
