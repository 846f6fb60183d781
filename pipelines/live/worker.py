"""Gather events into batches, run them between scheduled syncs, and try again what could not be read."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from accbooks_warehouse.pipelines import interrupts
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
    is_read,
)
from accbooks_warehouse.pipelines.live.companies import (
    LONGEST_RETRY_SECONDS,
    LiveCompany,
    backed_off,
)
from accbooks_warehouse.pipelines.live.covered import covered_events
from accbooks_warehouse.pipelines.live.run_report import LiveLog, RunReport
from accbooks_warehouse.pipelines.live.signals import Signals
from accbooks_warehouse.pipelines.live.untold import UntoldChanges
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import (
    RETRIED_FOR,
    AccBooksError,
)

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

logger = logging.getLogger(__name__)

QUIET_SECONDS, LONGEST_GATHERING_SECONDS = 0.5, 2.0
"""A batch begins when no event came for so long, or so long after its first event."""
MOST_EVENTS = 20_000
"""The most events of a company in a batch."""
FAILED_SYNC_SECONDS = 60.0
"""How soon to sync again after a sync that read no company."""
A_MOMENT = 0.1
DAY_SECONDS = 24 * 60 * 60.0


RunSync = Callable[[], SyncResult]
NewTransforms = Callable[["Manifest | None"], Transforms]
"""Returns the transforms of today, which know the project as it was parsed before."""


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
        self._untold = UntoldChanges(warehouse, store)
        self._lags_since = dt.datetime.min.replace(tzinfo=dt.UTC)
        self.signals = Signals()

    @property
    def companies(self) -> Sequence[LiveCompany]:
        """Return the companies and their state."""
        return self._companies

    def replayed(self) -> None:
        """Note that events of the past are read again: they say nothing of how long events wait."""
        self._lags_since = dt.datetime.now(dt.UTC)

    def open_books(self) -> None:
        """Learn each company's id with one request; one that cannot be read now is tried again later."""
        now = time.monotonic()
        due = [each for each in self._companies if each.books is None and each.not_before <= now]
        for each in due:
            if fault := each.open(now):
                self._log.warning(fault)
        if any(each.books for each in due):
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

    def _take_turn(self, next_sync: float) -> float:
        """Sync, read a batch, or wait for one; returns when to sync next."""
        now, last_stored = time.monotonic(), self.signals.last_stored
        if now >= next_sync:
            was_read = self._sync()
            wait = self._sync_every if was_read else min(self._sync_every, FAILED_SYNC_SECONDS)
            return time.monotonic() + wait
        self._judge()
        self.open_books()
        events = self._due_events(now)
        if events and now >= self._retry_at:
            self._gather(next_sync)
            if not self.signals.stop.is_set():
                self._read(self._due_events(time.monotonic()))
        else:
            self.signals.wait(min(next_sync, self._next_retry(now)) - now, last_stored)
        return next_sync

    def _gather(self, until: float) -> None:
        """Wait until no event came for a moment, so that one batch reads them all."""
        signals, began = self.signals, time.monotonic()
        until = min(until, began + LONGEST_GATHERING_SECONDS)
        while not signals.stop.is_set():
            last_stored, now = signals.last_stored, time.monotonic()
            quiet = last_stored + QUIET_SECONDS
            if now >= min(quiet, until):
                return
            signals.wait(min(quiet, until) - now, last_stored)

    def _next_retry(self, now: float) -> float:
        """Return when events that wait may be read; events that come wake the worker."""
        left = self._untold.seconds_left
        judging = 0.0 if left is None else now + left + A_MOMENT
        moments = [self._retry_at, judging, *(each.not_before for each in self._companies)]
        return min([now + LONGEST_RETRY_SECONDS, *(each for each in moments if each > now)])

    def _due_events(self, now: float) -> Mapping[str, list[StoredEvent]]:
        """Return the pending events of each company that can be read now, by its id."""
        able = {
            each.company_id
            for each in self._companies
            if each.books is not None
            and each.company_id is not None
            and each.not_before <= now
            and not each.waits_for_sync
        }
        try:
            pending = {each: self._store.pending(MOST_EVENTS, each) for each in sorted(able)}
        except StoreError as error:
            self._log.warning(str(error))
            self._retry_at = now + backed_off(0)
            return {}
        return {company_id: events for company_id, events in pending.items() if events}

    def _read(self, events: Mapping[str, Sequence[StoredEvent]]) -> None:
        """Read a batch of events."""
        work = [
            CompanyEvents(each.company, each.books, each.choose(events[each.company_id]))
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
        read = {company_id for company_id, _ in batch.done}  # maybe under another name
        for each in self._companies:
            result = results.get(each.company.name)
            if result is not None and (is_read(result) or each.company_id in read):
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
        read = {each.company_id for each in result.companies if is_read(each)}
        for each in self._companies:
            each.waits_for_sync = False
            if each.company_id in read:
                each.succeeded()
        try:
            covered = self._covered_events(result, began_at)
        except (StoreError, WarehouseError) as error:  # they are read once more, which does no harm
            self._log.warning(str(error))
            covered = []
        self._finish("sync", began, result, covered)
        if read:
            self._note_sync(began_at)
        self._warm_up()
        self._prune()
        return bool(read)

    def _covered_events(self, result: SyncResult, began_at: dt.datetime) -> list[StoredEvent]:
        """Return the pending events that a sync has read."""
        ids = {each.company_id for each in result.companies if is_read(each) and each.company_id is not None}
        return [
            event
            for each in sorted(ids)
            for event in covered_events(
                self._warehouse, each, self._store.pending(MOST_EVENTS, each), began_at
            )
        ]

    def _finish(
        self, kind: str, began: float, result: SyncResult, done: Sequence[StoredEvent], requests: int = 0
    ) -> None:
        """Mark events as done, and report."""
        judged = {each.name for each in result.companies if each.books and not each.error}
        for each in self._companies:
            found = result.findings.of(each.company_id or each.company.name)
            if each.company.name in judged:
                each.errors, each.warnings = len(found.errors), len(found.warnings)
        at = dt.datetime.now(dt.UTC)
        try:
            self._store.mark_done([each.key for each in done], at)
        except StoreError as error:  # they will be read again, which does no harm
            self._log.warning(str(error))
        lags = tuple(
            (at - each.received_at).total_seconds() for each in done if each.received_at >= self._lags_since
        )
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

    def _note_sync(self, began_at: dt.datetime) -> None:
        try:
            self._untold.note_sync(began_at)
        except (StoreError, WarehouseError) as error:
            self._log.warning(str(error))

    def _judge(self) -> None:
        """Report changes that no event told."""
        try:
            text = self._untold.judged()
        except StoreError as error:
            text = str(error)
        if text is not None:
            self._log.warning(text)

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
