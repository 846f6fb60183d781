"""A batch: read what events of several companies touch, rebuild the models, and compare.

Of a dated list the days touched are read as windows that replace themselves, of other lists single records.
Then the balances at the end of each month touched, and the last ones, are compared; a difference is healed as
in a sync.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial

import pendulum
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent
from accbooks_warehouse.pipelines.live.touched import Touched, touched
from accbooks_warehouse.pipelines.queries.known_records import known_days, settled_invoices
from accbooks_warehouse.pipelines.queries.spent_requests import spent_today
from accbooks_warehouse.pipelines.sync.attempt import Attempt, attempted
from accbooks_warehouse.pipelines.sync.company_locks import locked_for_batch, of_company, of_name
from accbooks_warehouse.pipelines.sync.due_reads import DueReads
from accbooks_warehouse.pipelines.sync.load import Loader
from accbooks_warehouse.pipelines.sync.prove import Announce, Prover
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.side_by_side import side_by_side
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import (
    DATED_RESOURCES,
    WEBHOOK,
    Books,
    LimitReachedError,
    Reports,
    date_of_record,
    month_of,
)

JOBS = 4
LAST_BALANCES = 1


class ListenShareSpentError(LimitReachedError):
    """The day's share of requests for webhooks is spent: the events wait for a scheduled sync."""


@dataclass(frozen=True)
class CompanyEvents:
    """A company with its open books, and the events to read."""

    company: Company
    books: Books
    events: Sequence[StoredEvent]


@dataclass(frozen=True)
class BatchResult:
    """How a batch went: the result as of a sync, the events that are in the models now, and the requests."""

    result: SyncResult = field(default_factory=SyncResult)
    done: frozenset[tuple[str, str]] = frozenset()
    requests: int = 0


class Batch:
    """Reads, rebuilds and compares what events touch, for several companies of one warehouse."""

    def __init__(self, warehouse: Warehouse, transforms: Transforms, announce: Announce) -> None:
        self._warehouse = warehouse
        self._transforms = transforms
        self._announce = announce
        self._due_reads = DueReads(warehouse, transforms, Scope())

    def run(self, work: Sequence[CompanyEvents]) -> BatchResult:
        """Read the events of each company; an error in one does not stop the others.

        Raises WarehouseError or TransformError if no company can continue.
        """
        before = sum(each.books.budget.requests for each in work)
        with ExitStack() as locks:
            loads = [partial(self._load, each, locks) for each in work]
            loaded = side_by_side(
                [partial(attempted, each.company.name, load) for each, load in zip(work, loads, strict=True)],
                JOBS,
            )
            if any(each.loader for each in loaded):
                with self._warehouse.building():
                    result = Prover(self._warehouse, self._transforms, self._announce, loaded).prove()
            else:
                result = SyncResult(tuple(each.result for each in loaded))
        requests = sum(each.books.budget.requests for each in work) - before
        return BatchResult(result, _done(result, work), requests)

    def _load(self, work: CompanyEvents, locks: ExitStack, attempt: Attempt) -> None:
        """Load what a company's events touch, and the reports that show it."""
        warehouse, books = self._warehouse, replace(work.books, opened_at=pendulum.now("UTC"))
        for lock in (of_name(work.company.name), of_company(books.company_id)):
            locks.enter_context(locked_for_batch(warehouse, lock))
        attempt.books = books
        loader = Loader(warehouse, work.company, books)
        with warehouse.kept_open():
            read = self._touched(books, work.events)
            settled = self._settled_days(books.company_id, work.events)
            spent = spent_today(warehouse, books.company_id, WEBHOOK)
        _check_share(work, spent, read)
        if read.undated:
            read = read.and_days(_days_of_undated(books, read))
        read = read.and_days({"invoices": settled})
        reports = self._due_reads.reports_of_changes(loader, read.months)
        attempt.loader = loader
        loader.load_events(read.windows, read.single, reports)
        if not loader.is_stopped:
            self._load_settled(loader, work.events, read)
        if not loader.is_stopped:
            self._load_balances(loader, read, reports)

    def _load_settled(self, loader: Loader, events: Sequence[StoredEvent], read: Touched) -> None:
        """Load the days of the invoices settled now: their amounts paid changed with the transactions."""
        settled = self._settled_days(loader.books.company_id, events)
        unread = Touched({"invoices": settled - read.days.get("invoices", frozenset())})
        if unread.requests:
            loader.load_events(unread.windows, {}, {})

    def _load_balances(self, loader: Loader, read: Touched, expected: Reports) -> None:
        """Load the balances that are not loaded yet: for lack of requests, or of months no event named."""
        asked = [(name, request) for name, requests in expected.items() for request in requests]
        were_fetched = all(each in loader.outcome.faults for each in asked)
        ends = {request.end for _, request in asked}
        changed = self._due_reads.changed_months(loader)
        if not were_fetched or any(month_of(month).end not in ends for month in changed):
            months = {*changed, *read.months}
            loader.load_reports(self._due_reads.reports_of_changes(loader, months), reason=WEBHOOK)

    def _touched(self, books: Books, events: Sequence[StoredEvent]) -> Touched:
        """Return what events touch, by what they say and what the warehouse holds of their records."""
        parsed = [each.event for each in events]
        ids: dict[str, set[str]] = defaultdict(set)
        for event in parsed:
            if event.resource in DATED_RESOURCES and event.record_id is not None:
                ids[event.resource].add(event.record_id)
        known = {
            name: known_days(self._warehouse, books.company_id, name, each) for name, each in ids.items()
        }
        return touched(parsed, known, books.request.start_date)

    def _settled_days(self, company_id: str, events: Sequence[StoredEvent]) -> frozenset[dt.date]:
        """Return the days of the invoices that the transactions of these events settle in the warehouse."""
        parsed = [each.event for each in events]
        ids = {each.record_id for each in parsed if each.resource == "transactions" and each.record_id}
        return frozenset(settled_invoices(self._warehouse, company_id, ids).values() if ids else ())


def _check_share(work: CompanyEvents, spent: int, read: Touched) -> None:
    """Raise ListenShareSpentError if reading would take more than the day's share for webhooks."""
    allowance = work.books.budget.daily_allowance
    if allowance is None:
        return
    share = work.company.settings.listen_share
    needed = read.requests + len(read.months) + LAST_BALANCES
    if spent + needed > int(allowance * share):
        raise ListenShareSpentError(
            f"Today's requests for webhooks are used up ({share:.0%} of {allowance:,}, see "
            "sources.accbooks.listen_share). The next scheduled sync reads what changed."
        )


def _days_of_undated(books: Books, read: Touched) -> Mapping[str, frozenset[dt.date]]:
    """Ask AccBooks for the dates of records whose events named none."""
    since = books.request.start_date or dt.date.min
    return {
        name: frozenset(
            day
            for each in sorted(ids)
            if (day := date_of_record(books, name, each)) is not None and day >= since
        )
        for name, ids in read.undated.items()
    }


def is_read(result: CompanyResult) -> bool:
    """Tell whether everything that was due of a company is in the models, and compared."""
    outcome = result.outcome
    return (
        result.books is not None
        and result.error is None
        and result.waits_for is None
        and result.limit_reached is None
        and outcome.failure is None
        and not outcome.unstable
    )


def _done(result: SyncResult, work: Sequence[CompanyEvents]) -> frozenset[tuple[str, str]]:
    read = {each.name for each in result.companies if is_read(each)}
    return frozenset(event.key for each in work if each.company.name in read for event in each.events)
