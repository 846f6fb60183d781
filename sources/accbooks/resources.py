"""What the dlt resources do: yield their part of a package of records, or the reports of a kind.

A package may be read before dlt runs: then the caller sees what it would change, and dlt loads what was read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field

import dlt
from dlt.extract.items import DataItemWithMeta

from .endpoints import ENDPOINTS
from .reading.bookmark import Bookmark, State
from .reading.due import Bookmarks
from .reading.extraction import Extraction, forbidden_row
from .tables.fetched_reports import versions
from .tables.kept_pages import KEPT_PAGES
from .tables.merge import Change, Quoting, Replacement, Writing, any_of, of_company, together
from .tables.quarantine import REJECTED_RECORDS
from .tables.reports import REPORTS, Report, ReportRequest
from .tables.sync_windows import sync_windows

RESOURCES = (
    *(endpoint.name for endpoint in ENDPOINTS),
    REJECTED_RECORDS,
    KEPT_PAGES,
    *(report.name for report in REPORTS),
)
"""The resources in the order in which they read: those of records come before what the records decide."""

REPORTS_BY_NAME = {report.name: report for report in REPORTS}

States = Mapping[str, State]
"""The states of a company's lists, by list."""


@dataclass(frozen=True)
class ReadPackage:
    """A package that was read: what it changes, by resource, and the states of the lists after it."""

    company_id: str
    changes: MutableMapping[str, list[Change]] = field(default_factory=dict)
    states: States = field(default_factory=dict)


def read_package(
    extraction: Extraction, selected: Collection[str], states: States, writing: Writing | None = None
) -> ReadPackage:
    """Read the next package of an extraction for the resources `selected`; moves the `states` on.

    Reports are fetched together. `writing` overrides how this package's rows are written.
    """
    changes: dict[str, list[Change]] = {}
    extraction.begin_package(selected, writing, changes)
    bookmarks = {name: Bookmark(state) for name, state in states.items()}
    for name in RESOURCES:
        if name in selected:
            changes[name] = list(changes_of(name, extraction, bookmarks))
    return ReadPackage(extraction.books.company_id, changes, states)


def merged(packages: Sequence[ReadPackage]) -> ReadPackage:
    """Return what packages of several companies change, as one package without states."""
    changes = {
        name: together([change for package in packages for change in package.changes.get(name, ())])
        for name in RESOURCES
        if any(name in package.changes for package in packages)
    }
    return ReadPackage(packages[0].company_id, changes)


def resource_of(package: ReadPackage, name: str) -> Iterator[DataItemWithMeta]:
    """Yield a resource's part of a package that was read, and put the states after it into dlt's state."""
    resources = dlt.current.source_state().setdefault("resources", {})
    for endpoint, state in package.states.items():
        resources.setdefault(endpoint, {})[package.company_id] = state
    for change in package.changes.pop(name, []):
        yield change.item


def read_resource(name: str, extraction: Extraction) -> Iterator[DataItemWithMeta]:
    """Read a resource's part of the package, and yield it."""
    for change in changes_of(name, extraction, _bookmarks(extraction)):
        yield change.item


def changes_of(name: str, extraction: Extraction, bookmarks: Bookmarks) -> Iterator[Change]:
    """Read a resource's part of the package; yield what it changes in each table."""
    if name == REJECTED_RECORDS:
        yield extraction.quarantine.change(extraction.writing)
    elif name == KEPT_PAGES:
        if extraction.kept_pages.has_changes:  # there are none, as a rule
            yield extraction.kept_pages.change(is_first=extraction.writing is Writing.FIRST)
    elif name in REPORTS_BY_NAME:
        yield from _report(REPORTS_BY_NAME[name], extraction, bookmarks)
    else:
        yield from _endpoint(name, extraction, bookmarks)


def _endpoint(name: str, extraction: Extraction, bookmarks: Bookmarks) -> Iterator[Change]:
    """Yield an endpoint's part of the package."""
    package = extraction.part(name, bookmarks)
    if package is not None:
        yield from package.changes(extraction.writing)


def _report(report: Report, extraction: Extraction, bookmarks: Bookmarks) -> Iterator[Change]:
    """Fetch the reports asked for and yield their lines; each replaces the version held before.

    A missing permission, a spent day or another error ends it: what was fetched before is yielded. So is what
    was fetched already while a difference was looked for.
    """
    books, request, outcome = extraction.books, extraction.request, extraction.outcome
    fetched = extraction.reports(report, bookmarks)
    if not fetched and request.reports_of_changes is not None and report.name not in outcome.forbidden:
        return  # the records called for none
    usable = [each for each in fetched if each.rows is not None]
    reads = [each.read for each in fetched]
    if report.name in outcome.forbidden:
        reads.append(forbidden_row(books.company_id, report.name))
    outcome.note_read(report.name, len(usable))
    yield Replacement(
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
