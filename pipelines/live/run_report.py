"""What the service reports of each batch and sync."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from accbooks_warehouse.pipelines.sync.result import SyncResult


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

    def opened(self) -> None:
        """Report that the books of companies are open now, so that their ids are known."""

    def announce(self, text: str) -> None:
        """Report a step."""

    def warning(self, text: str) -> None:
        """Report a problem."""
