"""A batch: load what events touch, company by company, then rebuild and compare those that are loaded.

The balances at the end of each month touched, and the last ones, are compared. A difference is healed as in a
sync, unless events came in meanwhile: then the batch that reads these compares again.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial

import pendulum
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.live.event_loader import CompanyEvents, EventLoader
from accbooks_warehouse.pipelines.live.touched import is_touched, touches_a_list
from accbooks_warehouse.pipelines.sync.attempt import Attempt, attempted
from accbooks_warehouse.pipelines.sync.company_locks import locked_for_batch, of_company, of_name
from accbooks_warehouse.pipelines.sync.due_reads import DueReads
from accbooks_warehouse.pipelines.sync.load import Loader
from accbooks_warehouse.pipelines.sync.prove import Announce, IsEditedSince, Loaded, Prover, never
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.side_by_side import side_by_side
from accbooks_warehouse.pipelines.transform.models import Transforms

JOBS = 4

Key = tuple[str, str]


@dataclass(frozen=True)
class LoadedEvents:
    """A company whose events are loaded, or why not; `locks` keep other runs out until it is built.

    `unread` are the events of days whose pages never agreed, and of lists that the key may not read.
    `requests` is what loading took, and `began` when it did, by the monotonic clock.
    """

    work: CompanyEvents
    loaded: Loaded
    locks: ExitStack
    unread: frozenset[Key] = frozenset()
    requests: int = 0
    began: float = 0.0

    @property
    def name(self) -> str:
        """Return the configured name of the company."""
        return self.work.company.name


@dataclass(frozen=True)
class BatchResult:
    """How a batch went: the result as of a sync, the events that are in the models now, and the requests."""

    result: SyncResult = field(default_factory=SyncResult)
    done: frozenset[Key] = frozenset()
    requests: int = 0


class Batch:
    """Reads, rebuilds and compares what events touch, for several companies of one warehouse."""

    def __init__(
        self,
        warehouse: Warehouse,
        transforms: Transforms,
        announce: Announce,
        is_edited_since: IsEditedSince = never,
    ) -> None:
        self._warehouse = warehouse
        self._transforms = transforms
        self._announce = announce
        self._is_edited_since = is_edited_since

    def run(self, work: Sequence[CompanyEvents]) -> BatchResult:
        """Read the events of each company; an error in one does not stop the others.

        Raises WarehouseError or TransformError if the models cannot be built.
        """
        return self.prove(side_by_side([partial(self.load, each) for each in work], JOBS))

    def load(self, work: CompanyEvents) -> LoadedEvents:
        """Load what a company's events touch; what goes wrong is part of the result.

        Any thread may call it.
        """
        before, began, locks = work.books.budget.requests, time.monotonic(), ExitStack()
        known: dict[str, Mapping[str, dt.date]] = {}
        try:
            loaded = attempted(work.company.name, partial(self._load, work, locks, known))
        except WarehouseError as error:
            locks.close()
            result = CompanyResult(work.company.name, work.books.company_id, work.books, error=error)
            loaded = Loaded(result)
        except BaseException:
            locks.close()
            raise
        if loaded.loader is None:
            locks.close()
        requests = work.books.budget.requests - before
        work.share.note(requests)
        return LoadedEvents(work, loaded, locks, _unread(work, loaded.result, known), requests, began)

    def _load(
        self,
        work: CompanyEvents,
        locks: ExitStack,
        known: dict[str, Mapping[str, dt.date]],
        attempt: Attempt,
    ) -> None:
        warehouse, books = self._warehouse, replace(work.books, opened_at=pendulum.now("UTC"))
        for lock in (of_name(work.company.name), of_company(books.company_id)):
            locks.enter_context(locked_for_batch(warehouse, lock))
        attempt.books = books
        loader = Loader(warehouse, work.company, books)
        events = EventLoader(warehouse, DueReads(warehouse, self._transforms, Scope()), loader, work)
        attempt.loader = loader
        try:
            events.load()
        finally:
            known.update(events.known)

    def prove(self, loads: Sequence[LoadedEvents]) -> BatchResult:
        """Rebuild and compare the companies that are loaded, and let other runs have them again.

        Raises WarehouseError or TransformError if the models cannot be built.
        """
        before = sum(each.work.books.budget.requests for each in loads)
        with ExitStack() as locks:
            for each in loads:
                locks.push(each.locks)
            loaded = [each.loaded for each in loads]
            if any(each.loader for each in loaded):
                with self._warehouse.building():
                    prover = Prover(
                        self._warehouse,
                        self._transforms,
                        self._announce,
                        loaded,
                        self._is_edited_since,
                        of_events=True,
                    )
                    result = prover.prove()
            else:
                result = SyncResult(tuple(each.result for each in loaded))
        healing = sum(each.work.books.budget.requests for each in loads) - before
        return BatchResult(result, _done(result, loads), healing + sum(each.requests for each in loads))


def is_read(result: CompanyResult) -> bool:
    """Tell whether everything that was due of a company is in the models, and compared."""
    return is_built(result) and not result.outcome.unstable


def is_built(result: CompanyResult) -> bool:
    """Tell whether everything that could be read of a company is in the models, and compared.

    Days whose pages never agreed could not.
    """
    return (
        result.books is not None
        and result.error is None
        and result.waits_for is None
        and result.limit_reached is None
        and result.outcome.failure is None
    )


def _done(result: SyncResult, loads: Sequence[LoadedEvents]) -> frozenset[Key]:
    built = {each.name for each in result.companies if is_built(each)}
    return frozenset(
        event.key
        for each in loads
        if each.name in built
        for event in each.work.events
        if event.key not in each.unread
    )


def _unread(
    work: CompanyEvents, result: CompanyResult, known: Mapping[str, Mapping[str, dt.date]]
) -> frozenset[Key]:
    """Return the events of days whose pages never agreed; all if it cannot be told which these are.

    So are those of lists that the key may not read now. A payment's event touches the day of an invoice that
    it does not name.
    """
    forbidden = result.outcome.forbidden
    found = {each.key for each in work.events if touches_a_list(each.event, forbidden)}
    for error in result.outcome.unstable:
        touching = {
            each.key for each in work.events if is_touched(each.event, error.resource, error.days, known)
        }
        found |= touching or {each.key for each in work.events}
    return frozenset(found)
