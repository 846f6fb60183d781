"""The companies of the service: their open books, and when to try again what could not be read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.live.batch import is_built
from accbooks_warehouse.pipelines.live.event_loader import TooManyEventsError
from accbooks_warehouse.pipelines.live.retries import Chosen, Retries
from accbooks_warehouse.pipelines.live.share import DayShare, WaitsForSyncError, allowed
from accbooks_warehouse.pipelines.queries.findings import Findings
from accbooks_warehouse.pipelines.sync.result import CompanyResult
from accbooks_warehouse.sources.accbooks import (
    AccBooksError,
    Books,
    DayBudgetSpentError,
    NoProgress,
    RateBudget,
    UnauthorizedError,
    UnreachableError,
    open_books,
)

FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 2.0, 300.0
UNREADABLE = "A company cannot be read; its events wait and are tried again."
LOCKED_SECONDS = 1.0
"""How soon to try again where another run is syncing the company."""


@dataclass
class LiveCompany:
    """A configured company while the service runs: its open books, and when to try its events again.

    `known_id` is the id as it was last learned. If the key may not read it and never could, the name takes
    its place and it `takes_any_id`; events stored under the name are moved when the id is learned. `errors`
    and `warnings` count the findings of its last run. `is_busy` tells that a thread opens its books or loads
    its events. `allowance` is our share of the day's requests, None if it has no known limit; `chosen` are
    the events chosen last.
    """

    company: Company
    known_id: str | None = None
    takes_any_id: bool = False
    may_have_events_under_name: bool = True
    books: Books | None = None
    not_before: float = 0.0
    failures: int = 0
    waits_for_sync: bool = False
    errors: int = 0
    warnings: int = 0
    is_busy: bool = False
    share: DayShare = field(default_factory=DayShare)
    retries: Retries = field(default_factory=Retries)
    allowance: int | None = None
    chosen: Chosen = field(default_factory=Chosen)
    _trouble: str | None = None

    @property
    def company_id(self) -> str | None:
        """Return the company's id, None while it is not known."""
        return self.known_id

    @property
    def trouble(self) -> str | None:
        """Say why events of it wait, without its name; None if none do."""
        return self._trouble or self.retries.sentence

    @property
    def requests_allowed(self) -> int | None:
        """Return how many requests a day its events may take, as far as its limit is known; None without."""
        return allowed(self.company.settings, self.allowance)

    def note_work(self, *, is_under_way: bool) -> None:
        """Note whether a thread opens its books or loads its events."""
        self.is_busy = is_under_way

    def note_findings(self, found: Findings) -> None:
        """Note what its last run found."""
        self.errors, self.warnings = len(found.errors), len(found.warnings)

    def is_due(self, now: float) -> bool:
        """Tell whether something may be asked of AccBooks for it now."""
        return not self.is_busy and not self.waits_for_sync and self.not_before <= now

    def open(self, now: float) -> str | None:
        """Open its books; returns why they cannot be opened now, None if they are open.

        Each try counts as a request for webhooks. Once these are used up, the next sync comes first.
        """
        most = self.requests_allowed
        if self.failures and most is not None and self.share.counted >= most:
            self.waits_for_sync = True
            return None
        counted = _Counted()
        try:
            self.books = open_books(
                self.company.settings,
                name=self.company.name,
                known_id=None if self.takes_any_id else self.known_id,
                progress=counted,
            )
        except AccBooksError as error:
            self._trouble = UNREADABLE
            self.back_off(now)
            return f"{self.company.name}: {error}"
        finally:
            if counted.budget is not None:
                self.share.note(counted.budget.requests)
                self.allowance = counted.budget.daily_allowance or self.allowance
        self._trouble = None
        self._learn(self.books)
        return None

    def _learn(self, books: Books) -> None:
        """Learn the id: it is known from then on, also while the books are closed or do not tell it."""
        if books.knows_its_company or self.known_id is None:
            self.may_have_events_under_name |= self.takes_any_id
            self.known_id, self.takes_any_id = books.company_id, not books.knows_its_company
        self.allowance = books.budget.daily_allowance or self.allowance

    def choose(self, events: Sequence[StoredEvent], now: float) -> Sequence[StoredEvent]:
        """Return the events to read next; those that could not be read before are read apart."""
        self.chosen = self.retries.choose(events, now)
        return self.chosen.events

    def begin(self) -> None:
        """Note that the events chosen are being read."""
        self.retries.began(self.chosen)

    def synced(self, result: CompanyResult | None, *, is_read: bool) -> None:
        """Note what a sync did: events need not wait for it any more.

        The books are opened again, with one request: their budget knows nothing of the limits that the sync
        met, and their company's record may be another.
        """
        self.waits_for_sync = False
        self.may_have_events_under_name = True
        if result is not None and result.books is not None:
            self._learn(result.books)
            self.books = None
        if is_read:
            self.succeeded()

    def succeeded(self, events: Sequence[StoredEvent] = ()) -> None:
        """Note that it can be read, and that these events were."""
        self.not_before, self.failures, self._trouble = 0.0, 0, None
        self.retries.succeeded(events)

    def failed(self, result: CompanyResult, events: Sequence[StoredEvent], now: float) -> str | None:
        """Note why events were not read, and when to try again; returns what there is to say of them."""
        if result.waits_for is not None:
            self._trouble, self.not_before = (
                "Another run is syncing; events wait for it.",
                now + LOCKED_SECONDS,
            )
            return None
        if result.limit_reached is not None:
            self._reached(result)
            return None
        error = result.error or result.outcome.failure
        if is_built(result) or isinstance(error, TooManyEventsError):
            self._trouble = None
            return self._named(self.retries.failed(events, now))
        if isinstance(error, UnauthorizedError | WarehouseError):
            self._trouble = str(error) if isinstance(error, WarehouseError) else UNREADABLE
            self.back_off(now)
            return None
        return self._may_be_an_event(error, events, now)

    def _may_be_an_event(
        self, error: Exception | None, events: Sequence[StoredEvent], now: float
    ) -> str | None:
        """Note a failure that may come of one of the events; opening the books again tells more."""
        may_be_all = isinstance(error, UnreachableError) and not self.chosen.is_apart
        said = self._named(self.retries.failed(events, now, together=may_be_all))
        self._trouble = None if said else UNREADABLE
        if self.chosen.is_apart:
            self.books = None
        else:
            self.back_off(now)
        return said

    def _reached(self, result: CompanyResult) -> None:
        """Note the limit that ended a read."""
        limit = result.limit_reached
        if isinstance(limit, WaitsForSyncError):
            self.waits_for_sync = True
            self._trouble = str(limit)
            return
        self._trouble = "The day's requests are spent; events wait until they reset."
        resets_at = limit.resets_at if isinstance(limit, DayBudgetSpentError) else time.time()
        self.not_before = time.monotonic() + max(LOCKED_SECONDS, resets_at - time.time())
        self.books = None  # their budget would remember the limit, also if AccBooks lifts it before

    def _named(self, said: str | None) -> str | None:
        return None if said is None else f"{self.company.name}: {said}"

    def back_off(self, now: float) -> None:
        """Wait longer after each failure; the next try has a new connection, whatever was wrong with this."""
        self.not_before = now + backed_off(self.failures)
        self.failures += 1
        self.books = None


class _Counted(NoProgress):
    """Learns the budget with which books are opened, also if they cannot be."""

    budget: RateBudget | None = None

    def opened(self, budget: RateBudget) -> None:
        """Keep it."""
        self.budget = budget


def backed_off(failures: int) -> float:
    """Return how many seconds to wait after so many failures in a row, and one."""
    return min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(failures, 10))
