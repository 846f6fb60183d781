"""What a sync would fetch, found out for one request per window: page one says how many records there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pendulum
from sources.accbooks import extraction
from sources.accbooks.bookmark import bookmarks_of
from sources.accbooks.books_calendar import calendar_of_months
from sources.accbooks.endpoints import COMPANY, Endpoint
from sources.accbooks.errors import PermissionMissingError
from sources.accbooks.pages import Page
from sources.accbooks.progress import Silent
from sources.accbooks.reading import Reading, open_books
from sources.accbooks.reports import Reports
from sources.accbooks.windows import MOST_PAGES, PlannedWindow, Window

from pipelines.certify import Evidence, Schedule, due, evidence_of, posting_months
from pipelines.configuration import Company
from pipelines.destinations import Warehouse
from pipelines.likely_months import Probed, likely_months, probe
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
    it today. `asked` are the requests this plan itself took. `spare` of the requests may not be needed:
    `unseen` are lists of which only page one was looked at, so months without postings may be among them.
    """

    name: str
    company_id: str
    steps: list[Step]
    opening: int
    limit: int | None
    allowance: int | None
    spent: int
    asked: int
    spare: int = 0
    unseen: tuple[str, ...] = ()

    @property
    def requests(self) -> int:
        """Return all requests of the sync, the spare ones included."""
        return self.opening + sum(step.requests for step in self.steps)

    @property
    def fewest(self) -> int:
        """Return how many requests the sync takes at least."""
        return self.requests - self.spare

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
    bookmarks = bookmarks_of(states, reading.company_id)
    reading.unfinished = bookmarks[COMPANY.name].unfinished if window is None else None
    planned = extraction.due(reading, bookmarks)
    probes: list[Probed] = []
    steps = [step(reading, endpoint, window, probes) for endpoint, window in planned]
    schedule = Schedule.of(company.settings)
    if warehouse.exists() and warehouse.has_raw_tables() and reading.company_id in warehouse.company_ids():
        reports, fewest = reports_after(warehouse, reading, schedule, probes), None
    else:
        reports, fewest = first_reports(reading, schedule, probes, window)
    steps += [Step(name, None, "proof", None, len(wanted)) for name, wanted in reports.items()]
    return Plan(
        company.name,
        reading.company_id,
        steps,
        opening,
        budget.limit,
        budget.daily_allowance,
        budget.spent_today,
        budget.requests,
        spare=0 if fewest is None else _count(reports) - fewest,
        unseen=tuple(each.endpoint.name for each in probes if not each.is_whole and each.endpoint.dated),
    )


def step(reading: Reading, endpoint: Endpoint, planned: PlannedWindow, probes: list[Probed]) -> Step:
    """Ask for page one of a window, keep it with the probes, and count the requests that all of it takes."""
    try:
        probed = probe(reading, endpoint, planned.window)
    except PermissionMissingError:
        return Step(endpoint.name, planned.window, "permission missing", None, 1)
    probes.append(probed)
    requests = list_requests(probed.page, endpoint)
    return Step(endpoint.name, planned.window, planned.reason, probed.page.total_records, requests)


def list_requests(page: Page, endpoint: Endpoint) -> int:
    """Return the requests a window takes; one that is cut costs its page one, and part-filled last pages."""
    parts = -(-page.total_pages // MOST_PAGES) if endpoint.dated else 1
    return max(1, page.total_pages) + (parts if parts > 1 else 0)


def first_reports(
    reading: Reading, schedule: Schedule, probes: Sequence[Probed], window: Window | None
) -> tuple[Reports, int | None]:
    """Return the reports of a first sync, and how few they may be where the probes do not tell; else None.

    Where nothing looked odd in longer lists, no more than a third of all requests are doubted.
    """
    likely = likely_months(reading, probes, window)

    def wanted(months: frozenset[dt.date]) -> Reports:
        calendar = calendar_of_months(months, reading.today, reading.financial_year_end)
        now = pendulum.now("UTC")
        return due(calendar, Evidence({}, frozenset(), frozenset(), _recent(reading), now, now), schedule)

    most = wanted(likely.posted | likely.possible)
    if not likely.possible:
        return most, None
    return most, max(_count(wanted(likely.posted)), -(-_count(most) * 2 // 3))


def reports_after(
    warehouse: Warehouse, reading: Reading, schedule: Schedule, probes: Sequence[Probed]
) -> Reports:
    """Return the reports due once what changed is read: as far as page one of each window tells what did."""
    dated = [each for each in probes if each.endpoint.dated]
    posted = posting_months(warehouse, reading.company_id).union(*(each.posted for each in dated))
    calendar = calendar_of_months(posted, reading.today, reading.financial_year_end)
    recent = _recent(reading)
    changed = {month for each in dated for month in changed_months(warehouse, reading, each, recent)}
    evidence = evidence_of(
        warehouse, reading.company_id, changed=changed, recent=recent, began=pendulum.now("UTC")
    )
    return due(calendar, evidence, schedule)


def changed_months(warehouse: Warehouse, reading: Reading, probed: Probed, recent: dt.date) -> set[dt.date]:
    """Return the months of records that a page shows to have changed since they were loaded.

    A longer list that holds more or fewer records than the warehouse has changed somewhere: in the lookback,
    as a rule.
    """
    window, rows = probed.window, probed.records.rows
    held = {
        identifier: (date, row_hash)
        for identifier, date, row_hash in warehouse.query(
            f"select id, date, row_hash from {warehouse.raw}.{probed.endpoint.name} "
            "where company_id = %s and date between %s and %s",
            reading.company_id,
            window.start or dt.date.min,
            window.end or dt.date.max,
        )
    }
    found = dict(
        zip(
            rows["id"].to_pylist(),
            zip(rows["date"].to_pylist(), rows["row_hash"].to_pylist(), strict=True),
            strict=True,
        )
    )
    gone = held.keys() - found.keys() if probed.is_whole else set()
    changed = {identifier for identifier in found if held.get(identifier) != found[identifier]} | gone
    days = [each[identifier][0] for each in (held, found) for identifier in changed if identifier in each]
    if not days and not probed.is_whole and len(held) != probed.page.total_records:
        days = [recent]
    return {day.replace(day=1) for day in days if day is not None}


def _recent(reading: Reading) -> pendulum.Date:
    return reading.today.subtract(days=reading.request.lookback_days).start_of("month")


def _count(reports: Reports) -> int:
    return sum(map(len, reports.values()))
