"""Gather events into batches, run them between scheduled syncs, and try again what could not be read."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pendulum
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import (
    KEPT_FOR,
    EventStore,
    StoredEvent,
    StoreError,
)
from accbooks_warehouse.pipelines.errors import TransformError, WarehouseError
from accbooks_warehouse.pipelines.live.batch import (
    Batch,
    BatchResult,
    CompanyEvents,
    ListenShareSpentError,
    is_read,
)
from accbooks_warehouse.pipelines.live.untold import Suspects, untold, warning
from accbooks_warehouse.pipelines.queries.known_records import logged_changes
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import (
    DATED_RESOURCES,
    RETRIED_FOR,
    AccBooksError,
    Books,
    DayBudgetSpentError,
    open_books,
)

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

logger = logging.getLogger(__name__)

QUIET_SECONDS, LONGEST_GATHERING_SECONDS = 0.5, 2.0
"""A batch begins when no event came for so long, or so long after its first event."""
MOST_EVENTS = 20_000
"""The most events of a batch."""
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 2.0, 60.0
FAILED_SYNC_SECONDS = 60.0
"""How soon to sync again after a sync that read no company."""
UNREADABLE = "A company cannot be read; its events wait and are tried again."
LOCKED_SECONDS = 1.0
"""How soon to try again where another run is syncing the company."""
DAY_SECONDS = 24 * 60 * 60.0


@dataclass
class LiveCompany:
    """A configured company while the service runs: its open books, and when to try its events again.

    `known_id` is the id that an earlier sync learned. `errors` and `warnings` count the findings of its last
    run.
    """

    company: Company
    known_id: str | None = None
    books: Books | None = None
    not_before: float = 0.0
    failures: int = 0
    waits_for_sync: bool = False
    trouble: str | None = None
    errors: int = 0
    warnings: int = 0

    @property
    def company_id(self) -> str | None:
        """Return the company's id, None while it is not known."""
        return self.known_id if self.books is None else self.books.company_id

    def succeeded(self) -> None:
        """Note that its events were read."""
        self.not_before, self.failures, self.trouble = 0.0, 0, None

    def failed(self, result: CompanyResult, now: float) -> None:
        """Note why its events were not read, and when to try again."""
        self.trouble, limit = trouble_of(result), result.limit_reached
        if isinstance(limit, ListenShareSpentError):
            self.waits_for_sync = True
        elif isinstance(limit, DayBudgetSpentError):
            self.not_before = now + max(0.0, limit.resets_at - time.time())
        elif result.waits_for is not None:
            self.not_before = now + LOCKED_SECONDS
        else:
            self.back_off(now)

    def back_off(self, now: float) -> None:
        """Wait longer after each failure; the next try has a new connection, whatever was wrong with this."""
        self.not_before = now + backed_off(self.failures)
        self.failures += 1
        self.books = None


def backed_off(failures: int) -> float:
    """Return how many seconds to wait after so many failures in a row, and one."""
    return min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(failures, 10))


def trouble_of(result: CompanyResult) -> str:
    """Say why events of a company wait, without its name."""
    if isinstance(result.limit_reached, ListenShareSpentError):
        return "The day's share of requests for webhooks is spent; events wait for the next sync."
    if result.limit_reached is not None:
        return "The day's requests are spent; events wait until they reset."
    if result.waits_for is not None:
        return "Another run is syncing; events wait for it."
    return UNREADABLE


@dataclass(frozen=True)
class RunReport:
    """A batch or a sync that ended: what it was, its result, and how many events are in the models now.

    `lags` are the seconds since each of these was received. `trouble` says why others wait.
    """

    kind: str
    seconds: float
    result: SyncResult | None = None
    events: int = 0
    requests: int = 0
    lags: tuple[float, ...] = ()
    trouble: str | None = None
    error: BaseException | None = None


class LiveLog(Protocol):
    """What the worker reports to."""

    def ran(self, report: RunReport) -> None:
        """Report a batch or a sync that ended."""

    def announce(self, text: str) -> None:
        """Report a step."""

    def warning(self, text: str) -> None:
        """Report a problem."""


RunSync = Callable[[], SyncResult]
NewTransforms = Callable[["Manifest | None"], Transforms]
"""Returns the transforms of today, which know the project as it was parsed before."""


@dataclass
class Signals:
    """What other threads tell the worker."""

    stop: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)
    last_stored: float = 0.0

    def stored(self) -> None:
        """Note that new events are stored."""
        with self.changed:
            self.last_stored = time.monotonic()
            self.changed.notify_all()

    def stopped(self) -> None:
        """Tell the worker to end after what it does now."""
        self.stop.set()
        # a signal's handler must not wait for the condition, which the interrupted thread may hold
        threading.Thread(target=self.stored, daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Wait until something is told, for so many seconds at most."""
        with self.changed:
            if not self.stop.is_set():
                self.changed.wait(max(0.0, seconds))


class Worker:
    """Reads events as they come, and syncs at the start and at intervals; one thread runs it."""

    def __init__(
        self,
        warehouse: Warehouse,
        store: EventStore,
        companies: Sequence[LiveCompany],
        transforms: NewTransforms,
        run_sync: RunSync,
        log: LiveLog,
        sync_every: float,
    ) -> None:
        self._warehouse = warehouse
        self._store = store
        self._companies = companies
        self._new_transforms = transforms
        self._run_sync = run_sync
        self._log = log
        self._sync_every = sync_every
        self._parsed: Manifest | None = None
        self._pruned_at = 0.0
        self._retry_at = 0.0
        self._failures = 0
        self._suspects: list[Suspects] = []
        self.signals = Signals()

    @property
    def companies(self) -> Sequence[LiveCompany]:
        """Return the companies and their state."""
        return self._companies

    def open_books(self) -> None:
        """Learn each company's id with one request; one that cannot be read now is tried again later."""
        now = time.monotonic()
        for each in self._companies:
            if each.books is None and each.not_before <= now:
                self._open(each)

    def run(self) -> None:
        """Work until told to stop."""
        next_sync = 0.0
        while not self.signals.stop.is_set():
            now = time.monotonic()
            if now >= next_sync:
                was_read = self._sync()
                wait = self._sync_every if was_read else min(self._sync_every, FAILED_SYNC_SECONDS)
                next_sync = time.monotonic() + wait
                continue
            self._judge()
            self.open_books()
            events = self._due_events(now)
            if events and now >= self._retry_at:
                self._gather(next_sync)
                if not self.signals.stop.is_set():
                    self._read(self._due_events(time.monotonic()))
                continue
            self.signals.wait(min(next_sync, self._next_retry(now)) - now)

    def _gather(self, until: float) -> None:
        """Wait until no event came for a moment, so that one batch reads them all."""
        signals, began = self.signals, time.monotonic()
        until = min(until, began + LONGEST_GATHERING_SECONDS)
        while not signals.stop.is_set():
            quiet = signals.last_stored + QUIET_SECONDS
            now = time.monotonic()
            if now >= min(quiet, until):
                return
            signals.wait(min(quiet, until) - now)

    def _next_retry(self, now: float) -> float:
        """Return when events that wait may be read; events that come wake the worker."""
        judging = 0.0
        if self._suspects:
            judging = now + (self._suspects[0].judge_at - dt.datetime.now(dt.UTC)).total_seconds() + 0.1
        moments = [self._retry_at, judging, *(each.not_before for each in self._companies)]
        return min([now + LONGEST_RETRY_SECONDS, *(each for each in moments if each > now)])

    def _due_events(self, now: float) -> Mapping[str, list[StoredEvent]]:
        """Return the pending events of each company that can be read now, by its id."""
        able = {
            each.company_id
            for each in self._companies
            if each.books is not None and each.not_before <= now and not each.waits_for_sync
        }
        found: dict[str, list[StoredEvent]] = defaultdict(list)
        try:
            pending = self._store.pending(MOST_EVENTS)
        except StoreError as error:
            self._log.warning(str(error))
            self._retry_at = now + FIRST_RETRY_SECONDS
            return {}
        for event in pending:
            if event.company_id in able:
                found[event.company_id].append(event)
        return found

    def _read(self, events: Mapping[str, Sequence[StoredEvent]]) -> None:
        """Read a batch of events."""
        work = [
            CompanyEvents(each.company, each.books, events[each.company_id])
            for each in self._companies
            if each.books is not None and each.company_id is not None and events.get(each.company_id)
        ]
        if not work:
            return
        began = time.monotonic()
        try:
            with self._new_transforms(self._parsed) as transforms:
                batch = Batch(self._warehouse, transforms, self._log.announce).run(work)
                self._parsed = transforms.dbt.parsed
        except Exception as error:  # noqa: BLE001 - the service goes on whatever happens
            self._set_aside(error, began, "batch")
            return
        self._note(batch, time.monotonic())
        done = [each for some in work for each in some.events if each.key in batch.done]
        self._finish("batch", began, batch.result, done, batch.requests)

    def _note(self, batch: BatchResult, now: float) -> None:
        results = {each.name: each for each in batch.result.companies}
        for each in self._companies:
            result = results.get(each.company.name)
            if result is not None and is_read(result):
                each.succeeded()
            elif result is not None:
                each.failed(result, now)

    def _sync(self) -> bool:
        """Sync everything that is due; events that it covers are done. Tells whether a company was read."""
        began, began_at = time.monotonic(), dt.datetime.now(dt.UTC)
        try:
            result = self._run_sync()
        except Exception as error:  # noqa: BLE001 - the service goes on whatever happens
            self._set_aside(error, began, "sync")
            return False
        for each in self._companies:
            each.waits_for_sync = False
        try:
            covered = self._covered_events(result, began_at)
        except StoreError as error:
            self._log.warning(str(error))
            covered = []
        self._finish("sync", began, result, covered)
        self._suspect(began_at)
        self._warm_up()
        self._prune()
        return any(is_read(each) for each in result.companies)

    def _covered_events(self, result: SyncResult, began_at: dt.datetime) -> list[StoredEvent]:
        """Return the pending events from before a sync that name only days which it read."""
        since = {
            each.company_id: each.books.today.subtract(days=each.books.request.lookback_days)
            for each in result.companies
            if is_read(each) and each.books is not None and each.company_id is not None
        }
        return [
            each
            for each in self._store.pending(MOST_EVENTS)
            if each.company_id in since
            and each.received_at < began_at
            and _is_covered(each, since[each.company_id])
        ]

    def _finish(
        self, kind: str, began: float, result: SyncResult, done: Sequence[StoredEvent], requests: int = 0
    ) -> None:
        """Mark events as done, and report."""
        for each in self._companies:
            found = result.findings.of(each.company_id or each.company.name)
            if any(each.company.name == entry.name for entry in result.companies):
                each.errors, each.warnings = len(found.errors), len(found.warnings)
        at = dt.datetime.now(dt.UTC)
        try:
            self._store.mark_done([each.key for each in done], at)
        except StoreError as error:  # they will be read again, which does no harm
            self._log.warning(str(error))
        lags = tuple((at - each.received_at).total_seconds() for each in done)
        trouble = next((each.trouble for each in self._companies if each.trouble), None)
        seconds = time.monotonic() - began
        self._retry_at, self._failures = 0.0, 0
        self._log.ran(RunReport(kind, seconds, result, len(done), requests, lags, trouble))

    def _set_aside(self, error: Exception, began: float, kind: str) -> None:
        """Report an error that let no company be read, and wait before the next try."""
        interrupts.check()
        is_expected = isinstance(error, AccBooksError | TransformError | WarehouseError)
        logger.log(logging.DEBUG if is_expected else logging.WARNING, "A %s failed.", kind, exc_info=True)
        now = time.monotonic()
        self._retry_at = now + backed_off(self._failures)
        self._failures += 1
        trouble = str(error) if is_expected else "A run failed; events wait and are tried again."
        self._log.ran(RunReport(kind, now - began, error=error, trouble=trouble))

    def _warm_up(self) -> None:
        """Start dbt and parse the project, so that no event waits for it."""
        if self._parsed is None:
            try:
                with self._new_transforms(None) as transforms:
                    self._parsed = transforms.dbt.manifest()
            except TransformError as error:  # a batch meets it again, and says so
                self._log.warning(str(error))

    def _open(self, live: LiveCompany) -> None:
        try:
            live.books = open_books(live.company.settings, name=live.company.name)
        except AccBooksError as error:
            live.trouble = UNREADABLE
            live.back_off(time.monotonic())
            self._log.warning(f"{live.company.name}: {error}")
        else:
            live.trouble = None

    def _suspect(self, began_at: dt.datetime) -> None:
        """Note what a sync saw, if events should have told it: not before the first event ever came."""
        try:
            if self._store.backlogs():
                changes = logged_changes(self._warehouse, began_at)
                if changes:
                    self._suspects.append(Suspects.of_sync(changes, began_at, dt.datetime.now(dt.UTC)))
        except (StoreError, WarehouseError) as error:
            self._log.warning(str(error))

    def _judge(self) -> None:
        """Report changes that no event told, once events have had the time to come."""
        if not self._suspects or dt.datetime.now(dt.UTC) < self._suspects[0].judge_at:
            return
        suspects = self._suspects.pop(0)
        try:
            events = self._store.not_done_before(suspects.seen_since)
        except StoreError as error:
            self._log.warning(str(error))
            return
        if missed := untold(suspects.changes, events):
            self._log.warning(warning(missed))

    def _prune(self) -> None:
        """Delete old events, once a day."""
        now = time.monotonic()
        if self._pruned_at and now - self._pruned_at < DAY_SECONDS:
            return
        try:
            self._store.prune(dt.datetime.now(dt.UTC) - max(KEPT_FOR, RETRIED_FOR))
            self._pruned_at = now
        except StoreError as error:
            self._log.warning(str(error))


def _is_covered(stored: StoredEvent, since: pendulum.Date) -> bool:
    """Tell whether a sync that read from `since` on has read all that an event names."""
    event = stored.event
    is_of_whole_list = event.resource not in DATED_RESOURCES
    return is_of_whole_list or (bool(event.dates) and min(event.dates) >= since)
