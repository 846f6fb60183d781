"""Keep webhook events until they are in the models, and their ids as long as AccBooks may repeat them."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from accbooks_warehouse.sources.accbooks import WebhookEvent, parse_event

PENDING, DONE, UNKNOWN, UNREAD = "pending", "done", "unknown", "unread"
"""The states of an event: to be read, in the models, of a type that names nothing to read, and closed."""
KEPT_FOR = dt.timedelta(days=30)
"""How long events are kept, which is longer than AccBooks repeats them."""
BUSY_SECONDS = 5.0
"""How long to wait for somebody else who writes, which is less than AccBooks waits for an answer."""
SCHEMA = "accbooks_live"


class StoreError(Exception):
    """The events cannot be stored or read."""


@dataclass(frozen=True)
class StoreAddress:
    """Where events are stored: a SQLite file, or a PostgreSQL database, whose address holds a password."""

    file: Path | None = None
    postgres: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class StoredEvent:
    """An event as received; `received_at` is UTC."""

    company_id: str
    event_id: str
    type: str
    body: bytes
    received_at: dt.datetime
    state: str = PENDING

    @property
    def event(self) -> WebhookEvent:
        """Return what it says."""
        return parse_event(self.body)

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells it from all others."""
        return self.company_id, self.event_id


@dataclass(frozen=True)
class Waiting:
    """How many events of a company are pending, and when the oldest and the newest of them were received."""

    company_id: str
    pending: int
    oldest: dt.datetime
    newest: dt.datetime


@dataclass(frozen=True)
class Backlog:
    """The pending events of a company, and the last event that it sent."""

    company_id: str
    pending: int
    oldest_pending: dt.datetime | None
    last_received: dt.datetime | None
    last_lag_seconds: float | None


class EventStore(ABC):
    """Stores events; each call is one transaction, durable when it returns. Raises StoreError.

    Use one in each thread.
    """

    @abstractmethod
    def add(self, events: Sequence[StoredEvent]) -> frozenset[tuple[str, str]]:
        """Store these events but those stored before; returns the keys of the new ones."""

    @abstractmethod
    def pending(self, most: int, company_id: str | None = None) -> list[StoredEvent]:
        """Return the pending events that came first, of all companies or of one."""

    @abstractmethod
    def not_done_before(self, moment: dt.datetime) -> list[StoredEvent]:
        """Return the events that are pending, or were done after a moment."""

    @abstractmethod
    def mark_done(self, keys: Iterable[tuple[str, str]], at: dt.datetime) -> None:
        """Note that events are in the models since then."""

    @abstractmethod
    def close_unread(self, keys: Iterable[tuple[str, str]], at: dt.datetime) -> None:
        """Note then that pending events will not be read."""

    @abstractmethod
    def replay(self, since: dt.datetime) -> int:
        """Make the events received since then pending again, also those closed unread; returns how many."""

    @abstractmethod
    def prune(self, before: dt.datetime) -> int:
        """Delete the events received before, except pending ones; returns how many."""

    @abstractmethod
    def move(self, company_ids: Mapping[str, str]) -> int:
        """Give the events of company ids other ids; returns how many there were. One stored twice is one."""

    @abstractmethod
    def forget(self, company_id: str) -> int:
        """Delete all events of a company; returns how many."""

    @abstractmethod
    def count(self, company_id: str) -> int:
        """Return how many events of a company are stored; reads none of their bodies."""

    @abstractmethod
    def waiting(self) -> list[Waiting]:
        """Return what every company with pending events waits for; reads nothing of the others."""

    @abstractmethod
    def backlogs(self) -> list[Backlog]:
        """Return the backlog of every company that has events; reads a row of each event."""

    @abstractmethod
    def probe(self) -> None:
        """Write something durably, to learn whether an event could be stored."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""
