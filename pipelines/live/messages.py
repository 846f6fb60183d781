"""What the command's process and the receiving process tell each other, over a pipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from accbooks_warehouse.pipelines.destinations.event_store import StoreAddress


@dataclass(frozen=True)
class ReceiverOptions:
    """Where to listen and store, and the secrets of each company by its name.

    `metrics_port` None serves no metrics. `port` and `metrics_port` 0 take free ports.
    """

    host: str
    port: int
    path: str
    metrics_port: int | None
    store: StoreAddress
    secrets: Mapping[str, tuple[str, ...]] = field(repr=False)


@dataclass(frozen=True)
class Listening:
    """To the command: the receiver serves on these ports."""

    port: int
    metrics_port: int | None


@dataclass(frozen=True)
class ReceiverFailed:
    """To the command: the receiver cannot serve, and why."""

    reason: str


@dataclass(frozen=True)
class EventsStored:
    """To the command: so many new events are stored."""

    count: int


@dataclass(frozen=True)
class ReceiverWarning:
    """To the command: a problem to report."""

    text: str


@dataclass(frozen=True)
class CompanyIds:
    """To the receiver: the ids of companies by their names, None while AccBooks has not said it.

    What a secret signs is taken for a company of that id alone. `any_id` are the names of companies whose
    keys may not read an id: their events are taken by their secret.
    """

    ids: Mapping[str, str | None]
    any_id: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CompanyFigures:
    """The requests of a company's key today, and those left of its share of the day; None if unknown."""

    company_id: str
    spent: int
    left: int | None


@dataclass(frozen=True)
class WorkerFigures:
    """To the receiver: the figures of the last batch or sync, for health and metrics.

    `trouble` says why events wait, None if they do not; it names no company. `lags` are the seconds from the
    receipt of each event of the batch until it was in the models.
    """

    trouble: str | None
    outcome: str
    at: float
    lags: tuple[float, ...] = ()
    companies: tuple[CompanyFigures, ...] = ()
    findings: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Stop:
    """To the receiver: receive nothing more, and end."""
