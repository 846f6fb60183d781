"""The companies of the service: their open books, and when to try again what could not be read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent
from accbooks_warehouse.pipelines.live.batch import ListenShareSpentError
from accbooks_warehouse.pipelines.sync.result import CompanyResult
from accbooks_warehouse.sources.accbooks import AccBooksError, Books, DayBudgetSpentError, open_books

FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 2.0, 60.0
FAILURES_TOGETHER = 3
"""After so many failures a company's events are read one at a time."""
UNREADABLE = "A company cannot be read; its events wait and are tried again."
LOCKED_SECONDS = 1.0
"""How soon to try again where another run is syncing the company."""


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

    def open(self, now: float) -> str | None:
        """Open its books; returns why they cannot be opened now, None if they are open."""
        try:
            self.books = open_books(self.company.settings, name=self.company.name)
        except AccBooksError as error:
            self.trouble = UNREADABLE
            self.back_off(now)
            return f"{self.company.name}: {error}"
        self.trouble = None
        return None

    def choose(self, events: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
        """Return all events, or after several failures one at a time, each in its turn.

        So an event that cannot be read, whatever is wrong with it, does not hold up the others.
        """
        if self.failures < FAILURES_TOGETHER:
            return events
        return [events[self.failures % len(events)]]

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
