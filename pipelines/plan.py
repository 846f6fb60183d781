"""What a sync would fetch, found out for one request per window: page one says how many records there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pendulum
from sources.accbooks import extraction
from sources.accbooks.bookmark import Bookmark
from sources.accbooks.client import Params
from sources.accbooks.endpoints import ENDPOINTS, Endpoint
from sources.accbooks.errors import PermissionMissingError
from sources.accbooks.extraction import Bookmarks
from sources.accbooks.pages import PER_PAGE, Page, decode_page
from sources.accbooks.progress import Silent
from sources.accbooks.reading import Reading, open_books
from sources.accbooks.windows import MOST_PAGES, PlannedWindow, Window

from pipelines.certify import Evidence, Schedule, calendar_between, calendar_of, due, evidence_of
from pipelines.configuration import Company
from pipelines.destinations import Warehouse
from pipelines.scrub import scrub_windows


@dataclass(frozen=True)
class Step:
    """A window of a list, or all due reports of a kind: `records` is None for these and where forbidden."""

    resource: str
    window: Window | None
    reason: str
    records: int | None
    requests: int


@dataclass(frozen=True)
class Plan:
    """What a sync of one company would ask for, and what the limits make of it.

    `opening` requests find out whose books the key opens. `limit` is the plan's requests a minute,
    `allowance` our share of its requests a day, None where that is not known, and `spent` what was spent of
    it today. `asked` are the requests this plan itself took.
    """

    name: str
    company_id: str
    steps: list[Step]
    opening: int
    limit: int | None
    allowance: int | None
    spent: int
    asked: int

    @property
    def requests(self) -> int:
        """Return all requests of the sync."""
        return self.opening + sum(step.requests for step in self.steps)

    @property
    def full_minutes(self) -> int | None:
        """Return the minutes of the limit that have to pass before the last request may go out."""
        return None if not self.limit else (self.requests - 1) // self.limit

    @property
    def share_of_day(self) -> float | None:
        """Return the sync's part of what we may spend a day; more than 1 takes more than a day."""
        return None if not self.allowance else self.requests / self.allowance

    @property
    def days(self) -> int:
        """Return the UTC days that the sync takes by the daily limit, today with what is left of it."""
        if self.allowance is None:
            return 1
        beyond = self.requests - max(0, self.allowance - self.spent)
        return 1 + max(0, -(-beyond // self.allowance))


def plan(warehouse: Warehouse, company: Company, window: Window | None) -> Plan:
    """Find out what a sync would fetch; raises AccBooksError if the books cannot be opened."""
    states = warehouse.resource_states(company.pipeline_name) if warehouse.exists() else {}
    reading = open_books(company.settings, window=window, progress=Silent(), name=company.name)
    budget = reading.client.budget
    opening = budget.requests
    scrub = scrub_windows(warehouse, reading, company.settings.scrub_share) if window is None else {}
    reading.request = replace(reading.request, scrub=scrub)
    planned = extraction.due(reading, bookmarks(states, reading.company_id))
    steps = [step(reading, endpoint, window) for endpoint, window in planned]
    steps += report_steps(warehouse, reading, Schedule.of(company.settings), planned)
    return Plan(
        company.name,
        reading.company_id,
        steps,
        opening,
        budget.limit,
        budget.daily_allowance,
        budget.spent_today,
        budget.requests,
    )


def bookmarks(states: Mapping[str, Any], company_id: str) -> Bookmarks:
    """Return the bookmarks of a company's lists, from the state of their resources."""
    return {each.name: Bookmark(dict(states.get(each.name, {}).get(company_id, {}))) for each in ENDPOINTS}


def step(reading: Reading, endpoint: Endpoint, planned: PlannedWindow) -> Step:
    """Ask for page one of a window, and count the requests that all of it will take."""
    params: Params = {**planned.window.params, "page": 1, "per_page": PER_PAGE}
    try:
        page = reading.client.get_as(decode_page, endpoint.path, params, permission=endpoint.permission)
    except PermissionMissingError:
        return Step(endpoint.name, planned.window, "permission missing", None, 1)
    requests = list_requests(page, endpoint)
    return Step(endpoint.name, planned.window, planned.reason, page.total_records, requests)


def list_requests(page: Page, endpoint: Endpoint) -> int:
    """Return the requests a window takes; one that is cut costs its page one, and part-filled last pages."""
    parts = -(-page.total_pages // MOST_PAGES) if endpoint.dated else 1
    return max(1, page.total_pages) + (parts if parts > 1 else 0)


def report_steps(
    warehouse: Warehouse,
    reading: Reading,
    schedule: Schedule,
    planned: list[tuple[Endpoint, PlannedWindow]],
) -> list[Step]:
    """Return the reports that will be due once the planned windows are read.

    What will have changed is not known: the months of the lookback, as a rule.
    """
    today, year_end = reading.today, reading.financial_year_end
    recent = today.subtract(days=reading.request.lookback_days).start_of("month")
    now = pendulum.now("UTC")
    changed = [recent] if any(endpoint.dated for endpoint, _ in planned) else []
    if warehouse.exists() and warehouse.has_raw_tables():
        calendar = calendar_of(warehouse, reading.company_id, year_end, today)
        evidence = evidence_of(warehouse, reading.company_id, changed=changed, recent=recent, began=now)
    else:
        calendar = calendar_between(reading.likely_dates.start, today, year_end)
        evidence = Evidence({}, frozenset(), frozenset(), recent, now, now)
    requests = due(calendar, evidence, schedule)
    return [Step(name, None, "proof", None, len(wanted)) for name, wanted in requests.items()]
