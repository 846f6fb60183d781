"""Decide which of AccBooks' reports to fetch: how deeply and how often the books are compared.

There are three depths:

- *balances*: the trial balance at the end of the books and at the beginning of the lookback, in every sync.
- *years*: the trial balance at the month-end of each year end, and the profit and loss of each year.
- *months*: the trial balance at the end of every month with postings and of every stretch without postings.

A trial balance shows the profit and loss of its year so far, account by account. So a year that is not over
needs no profit and loss of its own, nor does one that ends with a month whose trial balance is compared. A
year that ends in a stretch without postings has the balances of the beginning of that stretch.

A report in the warehouse is valid until a sync reads a change that affects its period. The rules use only
sync_windows and the models, so a run that was killed loses nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.reads import (
    Key,
    balances_are_comparable,
    last_reads,
    overtaken_reports,
    posting_months,
)
from accbooks_warehouse.sources.accbooks import (
    TRIAL_BALANCE,
    Calendar,
    ReportRequest,
    Settings,
    calendar_of_months,
    requests_for,
)

PUNCTUALITY = 0.9
"""The share of an interval after which a report is due, as daily runs are often less than a day apart."""

NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
"""The fetch time of a report that was never fetched, so that it sorts first."""


@dataclass(frozen=True)
class Schedule:
    """How often years and months are compared again; `at_once` is the depth to compare in this sync.

    With `changes_alone` no report is due by its age, except those of the last balances and of today's month;
    and of later reports than a change none but these.
    """

    years_every: dt.timedelta
    months_every: dt.timedelta
    at_once: Depth = Depth.balances
    changes_alone: bool = False

    @classmethod
    def of(cls, settings: Settings, at_once: Depth | None = None) -> Schedule:
        """Return the schedule in a key's settings."""
        return cls(
            dt.timedelta(hours=settings.certify_years_every),
            dt.timedelta(hours=settings.certify_months_every),
            at_once or Depth.balances,
        )

    @classmethod
    def of_changes(cls) -> Schedule:
        """Return the schedule of a run that compares only what changed."""
        return cls(dt.timedelta.max, dt.timedelta.max, changes_alone=True)

    def years_are_due(self, age: dt.timedelta) -> bool:
        """Tell whether a year's report of this age has to be fetched again."""
        if self.changes_alone:
            return False
        return self.at_once is not Depth.balances or age >= self.years_every * PUNCTUALITY

    def months_are_due(self, age: dt.timedelta) -> bool:
        """Tell whether a month's report of this age has to be fetched again."""
        if self.changes_alone:
            return False
        return self.at_once is Depth.months or age >= self.months_every * PUNCTUALITY


@dataclass(frozen=True)
class Evidence:
    """What the warehouse knows about the reports of a company.

    `fetched` gives the time of each report's last fetch. `began` is when this sync began. `overtaken` are
    reports out of date: a change was read after them. `changed` are the first days of months with changes
    that are not in the models yet. `recent` is the first day of the month in which the lookback begins.
    `balances_are_comparable` is false, for example, if only a part of the history was read: then every profit
    and loss is fetched.
    """

    fetched: Mapping[Key, dt.datetime]
    overtaken: frozenset[Key]
    changed: frozenset[dt.date]
    recent: dt.date
    now: dt.datetime
    began: dt.datetime
    balances_are_comparable: bool = True

    def is_of_this_sync(self, key: Key) -> bool:
        """Tell whether a report was fetched by this sync."""
        return self.fetched[key] >= self.began

    def last_fetched(self, name: str) -> Callable[[ReportRequest], dt.datetime]:
        """Return a function that gives the last fetch of a report of this name; NEVER if there was none."""
        return lambda request: self.fetched.get((name, request.start, request.end), NEVER)

    def age(self, key: Key) -> dt.timedelta:
        """Return how long ago a report was fetched."""
        return self.now - self.fetched[key]


def due_reports(calendar: Calendar, evidence: Evidence, schedule: Schedule) -> dict[str, list[ReportRequest]]:
    """Return the reports to fetch now: never fetched, to be renewed by the schedule, or out of date.

    A change makes the reports of its own month and all recent later reports due. Older reports after it wait
    until months are compared again, because each costs a request. Reports that were never fetched come first,
    then those fetched longest ago.
    """
    rules = _Rules(calendar, evidence, schedule)
    return {
        name: sorted((each for each in requests if rules.is_due(name, each)), key=evidence.last_fetched(name))
        for name, requests in requests_for(calendar).items()
    }


class _Rules:
    """Decides which report is due."""

    def __init__(self, calendar: Calendar, evidence: Evidence, schedule: Schedule) -> None:
        self._evidence = evidence
        self._schedule = schedule
        self._ends = {calendar.balance_dates[-1]}
        if schedule.changes_alone:
            self._ends |= set([date for date in calendar.balance_dates if date >= evidence.now.date()][:1])
        else:  # the last before the lookback: every sync compares it
            self._ends |= set([date for date in calendar.balance_dates if date < evidence.recent][-1:])
        self._balances_are_comparable = evidence.balances_are_comparable
        last = dt.date.max if not self._balances_are_comparable else calendar.balance_dates[-1]
        self._years = {(year.start, year.end) for year in calendar.years if year.end <= last}
        self._year_ends = {calendar.closing_date_of(year) for year in calendar.years}
        self._first_changed = min(evidence.changed, default=dt.date.max)
        self._certifies_months = any(self._is_month_due(date) for date in calendar.balance_dates)

    def is_due(self, name: str, request: ReportRequest) -> bool:
        key = (name, request.start, request.end)
        if key not in self._evidence.fetched:
            return True
        if self._evidence.is_of_this_sync(key):  # which fetches reports when it has read all records
            return False
        if self._is_reached(request):
            return True
        return self._is_overtaken(key, request) or self._is_scheduled(key, request)

    def _is_overtaken(self, key: Key, request: ReportRequest) -> bool:
        if self._schedule.changes_alone or key not in self._evidence.overtaken:
            return False
        return self._certifies_months or request.end >= self._evidence.recent

    def _is_scheduled(self, key: Key, request: ReportRequest) -> bool:
        name, start, end = key
        age = self._evidence.age(key)
        if name == TRIAL_BALANCE.name:
            is_year_end = request.end in self._year_ends
            return (
                end in self._ends
                or (is_year_end and self._schedule.years_are_due(age))
                or self._schedule.months_are_due(age)
            )
        if (start, end) in self._years:
            is_shown = self._balances_are_comparable and self._is_month_due(request.end)
            return self._schedule.years_are_due(age) and not is_shown
        return not self._balances_are_comparable and start is not None and self._schedule.months_are_due(age)

    def _is_month_due(self, end: dt.date) -> bool:
        key = (TRIAL_BALANCE.name, None, end)
        return key in self._evidence.fetched and self._schedule.months_are_due(self._evidence.age(key))

    def _is_reached(self, request: ReportRequest) -> bool:
        """Tell whether a record changed in the report's period, or before it if the report is recent."""
        start = (request.start or request.end).start_of("month")
        if any(start <= month <= request.end for month in self._evidence.changed):
            return True
        if self._schedule.changes_alone:
            return False
        return self._evidence.recent <= request.end and self._first_changed <= request.end


def calendar_of(
    warehouse: Warehouse, company_id: str, year_end: str | None, today: pendulum.Date
) -> Calendar:
    """Return the periods of a company's books in the warehouse: months with postings, and this month."""
    return calendar_of_months(posting_months(warehouse, company_id), today, year_end)


def evidence_of(
    warehouse: Warehouse,
    company_id: str,
    *,
    changed: Iterable[dt.date],
    recent: dt.date,
    began: dt.datetime,
) -> Evidence:
    """Return what the warehouse knows about a company's reports."""
    fetched = {
        (read.resource, read.start, read.end): read.fetched_at
        for read in last_reads(warehouse, company_id)
        if read.end is not None
    }
    return Evidence(
        fetched,
        overtaken_reports(warehouse, company_id),
        frozenset(changed),
        recent,
        dt.datetime.now(dt.UTC),
        began,
        balances_are_comparable(warehouse, company_id),
    )
