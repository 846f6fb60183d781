"""Read events as they come, company by company, between scheduled syncs, and try again what was not read."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoredEvent, StoreError
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.live.after_sync import MOST_EVENTS, settle_events
from accbooks_warehouse.pipelines.live.batch import is_read
from accbooks_warehouse.pipelines.live.builder import Builder, NewTransforms
from accbooks_warehouse.pipelines.live.chores import Chores
from accbooks_warehouse.pipelines.live.companies import LONGEST_RETRY_SECONDS, LiveCompany, backed_off
from accbooks_warehouse.pipelines.live.event_loader import CompanyEvents
from accbooks_warehouse.pipelines.live.loads import Loads
from accbooks_warehouse.pipelines.live.reporter import Reporter
from accbooks_warehouse.pipelines.live.run_report import LiveLog
from accbooks_warehouse.pipelines.live.signals import Signals
from accbooks_warehouse.pipelines.sync.result import SyncResult

logger = logging.getLogger(__name__)

QUIET_SECONDS = 0.5
"""Events are read when none came for so long."""
LONGEST_GATHERING_SECONDS = 4.0
"""Events are read so long after the first of them, however many still come."""
FAILED_SYNC_SECONDS = 60.0
"""How soon to sync again after a sync that read no company."""
OPENING_SECONDS = 10.0
"""How long the service waits at its start for companies that do not answer."""
SLOW_SECONDS = 2.0
"""How long a sync waits for loads under way; it reads the companies that are slower itself."""
FINISH_SECONDS = 20.0
"""How long loads under way may take once the service was told to stop."""

RunSync = Callable[[], SyncResult]


class Worker:
    """Reads events as they come, and syncs at the start and at intervals.

    One thread runs it, and alone builds models. Companies are opened and loaded in threads beside it.
    """

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
        self._run_sync = run_sync
        self._log = log
        self._sync_every = sync_every
        self._retry_at = 0.0
        self._failures = 0
        self._reporter = Reporter(store, companies, log)
        self._builder = Builder(warehouse, store, companies, transforms, self._reporter, log)
        self._chores = Chores(warehouse, store, log)
        self.companies = companies
        self.signals = Signals()
        self._loads = Loads(self.signals.wake)

    def replayed(self) -> None:
        """Note that events of the past are read again: they say nothing of how long events wait."""
        self._reporter.lags_since = dt.datetime.now(dt.UTC)

    def open_books(self, seconds: float = OPENING_SECONDS) -> None:
        """Learn each company's id with one request, side by side, and wait for it so many seconds at most.

        One that cannot be read now is tried again later.
        """
        now = time.monotonic()
        for each in self.companies:
            if each.books is None and each.is_due(now) and self._loads.has_room:
                self._loads.open(each, partial(self._open, each))
        if seconds:
            self._loads.wait(seconds)

    def _open(self, company: LiveCompany) -> None:
        if fault := company.open(time.monotonic()):
            self._log.warning(fault)
        if company.books is not None:
            self._log.opened()

    def run(self) -> None:
        """Work until told to stop, whatever happens."""
        next_sync = 0.0
        while not self.signals.stop.is_set():
            try:
                next_sync = self._take_turn(next_sync)
            except Exception:
                interrupts.check()
                logger.exception("The service goes on after an error that nobody foresaw.")
                next_sync = max(next_sync, time.monotonic() + FAILED_SYNC_SECONDS)
                self.signals.stop.wait(backed_off(self._failures))
                self._failures += 1
        self._end_loads(FINISH_SECONDS)

    def _take_turn(self, next_sync: float) -> float:
        """Sync, build what is loaded, load what is due, or wait; returns when to sync next."""
        now, seen = time.monotonic(), self.signals.told
        if now >= next_sync:
            was_read = self._sync()
            wait = self._sync_every if was_read else min(self._sync_every, FAILED_SYNC_SECONDS)
            return time.monotonic() + wait
        if self._loads.seconds_left(now) == 0:
            self._builder.build(self._loads.take())
            return next_sync
        self._chores.judge()
        self.open_books(0.0)
        self._move_events_of_names(now)
        if self._has_due_events(now):
            self._gather(next_sync)
            if not self.signals.stop.is_set():
                self._load_due_events(time.monotonic())
        else:
            self.signals.wait(min(next_sync, self._next_moment(now)) - now, seen)
        return next_sync

    def _move_events_of_names(self, now: float) -> None:
        """Give events the ids of their companies that came before these were known, under the names."""
        ids = {each.company_id for each in self.companies}
        learned = {
            each.company.name: each.company_id
            for each in self.companies
            if each.may_have_events_under_name and each.company_id and each.company.name not in ids
        }
        if not learned or now < self._retry_at:
            return
        try:
            self._store.move(learned)
        except StoreError as error:
            self._log.warning(str(error))
            self._retry_at = now + backed_off(0)
            return
        for each in self.companies:
            each.may_have_events_under_name &= each.company.name not in learned

    def _gather(self, until: float) -> None:
        """Wait until no event came for a moment, so that one batch reads them all."""
        signals, began = self.signals, time.monotonic()
        until = min(until, began + LONGEST_GATHERING_SECONDS)
        while not signals.stop.is_set():
            seen, now = signals.told, time.monotonic()
            quiet = signals.last_stored + QUIET_SECONDS
            if now >= min(quiet, until):
                return
            signals.wait(min(quiet, until) - now, seen)

    def _next_moment(self, now: float) -> float:
        """Return when there is something to do; events and loads that end wake the worker before."""
        building, judging = self._loads.seconds_left(now), self._chores.seconds_left
        moments = [
            now + LONGEST_RETRY_SECONDS,
            *(now + each for each in (building, judging) if each is not None),
            *(each for each in self._moments() if each > now),
        ]
        return min(moments)

    def _moments(self) -> list[float]:
        return [
            self._retry_at,
            *(each.not_before for each in self.companies),
            *(each.retries.next_at or 0.0 for each in self.companies),
        ]

    def _able(self, now: float) -> list[LiveCompany]:
        """Return the companies whose events can be loaded now; of two names with keys of one company, one."""
        busy = {each.company_id for each in self.companies if each.is_busy}
        able = {
            each.company_id: each
            for each in self.companies
            if each.books is not None and each.is_due(now) and each.company_id not in busy
        }
        return list(able.values()) if now >= self._retry_at else []

    def _has_due_events(self, now: float) -> bool:
        """Tell whether a load can begin now; whoever waits is woken when a load ends and there is room."""
        return self._loads.has_room and any(self._chosen(each, now) for each in self._able(now))

    def _chosen(self, company: LiveCompany, now: float) -> Sequence[StoredEvent]:
        """Return the events of a company to read now."""
        try:
            pending = self._store.pending(MOST_EVENTS, company.company_id)
        except StoreError as error:
            self._log.warning(str(error))
            self._retry_at = now + backed_off(0)
            return ()
        return company.choose(pending, now)

    def _load_due_events(self, now: float) -> None:
        """Begin to load the events of each company that can be read."""
        for each in self._able(now):
            if not self._loads.has_room:
                return
            events = self._chosen(each, now)
            if events and each.books is not None:
                each.begin()
                work = CompanyEvents(each.company, each.books, events, each.share)
                self._loads.load(each, work, self._builder.batch().load)

    def _end_loads(self, seconds: float) -> None:
        """Build what is loaded after so many seconds at most; who is slower is left alone."""
        self._loads.wait(seconds)
        self._loads.leave()
        self._builder.build(self._loads.take())

    def _sync(self) -> bool:
        """Sync everything that is due; events that it covers are done. Tells whether a company was read."""
        self._end_loads(SLOW_SECONDS)
        began, began_at = time.monotonic(), dt.datetime.now(dt.UTC)
        try:
            result = self._run_sync()
        except Exception as error:  # noqa: BLE001 - the service goes on whatever happens
            self._retry_at = time.monotonic() + backed_off(self._failures)
            self._failures += 1
            self._reporter.failed("sync", began, error)
            return False
        self._retry_at, self._failures = 0.0, 0
        results = {each.name: each for each in result.companies}
        read = {each.company_id for each in result.companies if is_read(each)}
        for each in self.companies:
            each.synced(results.get(each.company.name), is_read=each.company_id in read)
        try:
            companies = [each for each in self.companies if each.company_id in read]
            forbidden = {
                each.company_id: each.outcome.forbidden for each in result.companies if each.company_id
            }
            done, texts = settle_events(self._warehouse, self._store, companies, began_at, forbidden)
        except (StoreError, WarehouseError) as error:  # they are read once more, which does no harm
            done, texts = [], [str(error)]
        for text in texts:
            self._log.warning(text)
        self._reporter.finished("sync", began, result, done)
        if read:
            self._chores.note_sync(began_at)
        self._builder.warm_up()
        self._chores.prune()
        return bool(read)
