"""Estimate what a sync would fetch, in few requests: page one of a window gives the number of records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.destinations import Warehouse, resource_states
from accbooks_warehouse.pipelines.queries.configured_companies import known_ids
from accbooks_warehouse.pipelines.queries.page_counts import PageCounts
from accbooks_warehouse.pipelines.sync.due_reports import Schedule
from accbooks_warehouse.pipelines.sync.likely_months import Explorer, Probed, Seen, probe
from accbooks_warehouse.pipelines.sync.likely_reports import (
    LikelyReports,
    WarehouseState,
    as_ordinary,
    changed_months,
    likely_reports,
)
from accbooks_warehouse.pipelines.sync.scrub import scrub_windows
from accbooks_warehouse.sources.accbooks import (
    COMPANY,
    ENDPOINTS,
    EXTRAS,
    MOST_PAGES,
    REREAD,
    Books,
    Endpoint,
    LoadRequest,
    NoProgress,
    Page,
    PermissionMissingError,
    PlannedWindow,
    Window,
    bookmarks_of,
    due_windows,
    open_books,
)

MOST_REQUESTS = 32
"""The most requests of a plan, unless an interrupted sync left more windows: each is probed once."""
MOST_OF_THE_DAY = 10
"""Beyond one request per window, a plan makes at most one in this many of the requests left today."""
NARROW = 1.25
"""A range is narrow enough when its upper end is at most this many times the lower."""


@dataclass(frozen=True)
class Step:
    """A window of a list, or all due reports of a kind.

    `records` is None if it is not known: for reports, forbidden lists, and days counted in the warehouse.
    """

    resource: str
    window: Window | None
    reason: str
    records: int | None
    requests: int


@dataclass(frozen=True)
class Plan:
    """The requests that a sync of one company would make, and the limits that apply.

    `opening` are the requests that open the books. `limit` is AccBooks' limit of requests a minute,
    `allowance` our share of its requests a day (None if not known), and `spent` the requests made today.
    `requests_made` are those of this estimate. Up to `spare` of the requests may not be needed, because
    only a part of the lists in `unseen` was looked at: some months may have no postings, or no changes. With
    `is_assumed`, `fewest` assumes that few months are like that. `unbounded` are lists whose first or last
    date is not known. `is_first` tells that the warehouse has nothing of the company yet.
    """

    name: str
    company_id: str
    steps: list[Step]
    opening: int
    limit: int | None
    allowance: int | None
    spent: int
    requests_made: int
    spare: int = 0
    unseen: tuple[str, ...] = ()
    unbounded: tuple[str, ...] = ()
    is_assumed: bool = False
    is_first: bool = True

    @property
    def requests(self) -> int:
        """Return the most requests that the sync makes."""
        return self.opening + sum(step.requests for step in self.steps)

    @property
    def fewest(self) -> int:
        """Return the fewest requests that the sync makes."""
        return self.requests - self.spare

    @property
    def full_minutes(self) -> int | None:
        """Return how many minutes of the limit pass before the last request can be made."""
        return None if not self.limit else (self.requests - 1) // self.limit

    @property
    def share_of_day(self) -> float | None:
        """Return the sync's share of our daily requests; more than 1 needs more than a day."""
        return None if not self.allowance else self.requests / self.allowance

    @property
    def days(self) -> int:
        """Return how many UTC days the sync needs by the daily limit, beginning with what is left today."""
        if self.allowance is None:
            return 1
        beyond = self.requests - max(0, self.allowance - self.spent)
        return 1 + max(0, -(-beyond // self.allowance))


def plan(warehouse: Warehouse, company: Company, window: Window | None, certify: Depth | None = None) -> Plan:
    """Estimate what a sync would fetch; raises AccBooksError if the books cannot be opened."""
    states = resource_states(warehouse, company.pipeline_name) if warehouse.exists() else {}
    books = open_books(
        company.settings,
        window=window,
        progress=NoProgress(),
        name=company.name,
        known_id=known_ids(warehouse).get(company.name) if warehouse.exists() else None,
    )
    budget = books.budget
    opening = budget.requests
    scrub = scrub_windows(warehouse, books, company.settings.scrub_share) if window is None else {}
    state = WarehouseState.of(warehouse, books)
    pages = None if state.is_empty else PageCounts(warehouse, books.company_id)
    bookmarks = bookmarks_of(states, books.company_id)
    unfinished = bookmarks[COMPANY.name].unfinished if window is None else None
    request = LoadRequest(replace(books.request, scrub=scrub), unfinished=unfinished)
    probes: list[Probed] = []
    steps = [
        step(books, endpoint, together, probes, pages)
        for endpoint, together in in_a_row(due_windows(books, request, bookmarks))
    ]
    others = opening + sum(each.requests for each in steps)
    seen, reports = explored(warehouse, books, state, probes, Schedule.of(company.settings, certify), others)
    steps += [Step(name, None, "compare", None, len(wanted)) for name, wanted in reports.most.items()]
    return Plan(
        company.name,
        books.company_id,
        steps,
        opening,
        budget.limit,
        budget.daily_allowance,
        budget.spent_today,
        budget.requests,
        spare=reports.spare,
        unseen=tuple(seen.lists) if reports.spare else (),
        unbounded=tuple(seen.unbounded),
        is_assumed=reports.is_assumed,
        is_first=state.is_empty,
    )


def explored(
    warehouse: Warehouse,
    books: Books,
    state: WarehouseState,
    probes: Sequence[Probed],
    schedule: Schedule,
    others: int,
) -> tuple[Seen, LikelyReports]:
    """Probe the lists until the number of reports is known well enough, compared to `others` requests."""

    def changes(probed: Probed) -> set[dt.date]:
        return set() if state.is_empty else changed_months(warehouse, books, probed)

    def is_enough(seen: Seen) -> bool:
        reports = likely_reports(state, books, schedule, seen)
        return reports.spare <= (NARROW - 1) * (others + reports.fewest)

    explorer = Explorer(books, changes, is_enough, most_requests(books))
    seen = explorer.explored([each for each in probes if each.endpoint.dated], state.posted, state.compared)
    reports = likely_reports(state, books, schedule, seen)
    return seen, reports if is_enough(seen) else as_ordinary(reports, seen)


def most_requests(books: Books) -> int:
    """Return how many requests a plan may make in all."""
    budget = books.budget
    if budget.daily_allowance is None:
        return MOST_REQUESTS
    left = max(0, budget.daily_allowance - budget.spent_today)
    return min(MOST_REQUESTS, budget.requests + left // MOST_OF_THE_DAY)


def in_a_row(
    planned: Sequence[tuple[Endpoint, PlannedWindow]],
) -> list[tuple[Endpoint, list[PlannedWindow]]]:
    """Group adjacent windows of a list that are read for the same reason.

    An interrupted sync leaves hundreds of windows; one request counts the records of a group.
    """
    groups: list[tuple[Endpoint, list[PlannedWindow]]] = []
    for endpoint, window in sorted(planned, key=lambda each: each[1].window.days):
        for other, group in groups:
            if other == endpoint and _follows(window, group[-1]):
                group.append(window)
                break
        else:
            groups.append((endpoint, [window]))
    order = [endpoint.name for endpoint in ENDPOINTS]
    return sorted(groups, key=lambda each: order.index(each[0].name))


def _follows(later: PlannedWindow, earlier: PlannedWindow) -> bool:
    return later.reason == earlier.reason and later.window.days[0] == earlier.window.days[1] + 1


def step(
    books: Books,
    endpoint: Endpoint,
    planned: Sequence[PlannedWindow],
    probes: list[Probed],
    pages: PageCounts | None,
) -> Step:
    """Fetch page one of adjacent windows, add it to the probes, and count the requests to read them.

    Days that are also read, in rotation or because of a rejected record, are counted in the warehouse. It may
    have no records of days that never agreed.
    """
    window = Window(planned[0].window.start, planned[-1].window.end)
    reason = planned[0].reason
    if pages is not None and reason in EXTRAS and reason != REREAD:
        requests = sum(pages.of_windows({endpoint.name: [each.window]}) for each in planned)
        return Step(endpoint.name, window, reason, None, requests)
    try:
        probed = probe(books, endpoint, window)
    except PermissionMissingError:
        return Step(endpoint.name, window, "permission missing", None, 1)
    probes.append(probed)
    requests = list_requests(probed.page, endpoint)
    if len(planned) > 1:
        requests = max(len(planned), probed.page.total_pages + len(planned) // 2)
    return Step(endpoint.name, window, reason, probed.page.total_records, requests)


def list_requests(page: Page, endpoint: Endpoint) -> int:
    """Return the requests for a window; each part of a split one may end in a page that is not full."""
    parts = -(-page.total_pages // MOST_PAGES) if endpoint.dated else 1
    return max(1, page.total_pages) + (parts if parts > 1 else 0)
