"""What webhooks may spend of a company's daily requests, and what they have spent."""

from __future__ import annotations

import datetime as dt
import threading

from accbooks_warehouse.sources.accbooks import LimitReachedError, Settings

FEWEST_REQUESTS = 10
"""What the dearest event takes: four days to read, the balances of four months, and the last balances."""


class WaitsForSyncError(LimitReachedError):
    """Events cannot be read before the next scheduled sync."""


class ListenShareSpentError(WaitsForSyncError):
    """The day's share of requests for webhooks is spent, or there is none."""


class NotSyncedYetError(WaitsForSyncError):
    """No sync has read the books completely: what is held of them makes no books."""


class DayShare:
    """Counts every request that the events of one company cost in a UTC day; threads may share it.

    The warehouse knows only those that brought something: not those of books that could not be opened, of
    records that were asked for their dates, or of reads that failed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._day: dt.date | None = None
        self._spent = 0
        self._recorded: int | None = None

    def note(self, requests: int) -> None:
        """Count requests that were made now."""
        with self._lock:
            self._begin_day()
            self._spent += requests

    def spent(self, recorded: int) -> int:
        """Return the requests of the day; `recorded` are those that the warehouse has of it."""
        with self._lock:
            self._begin_day()
            if self._recorded is None:  # those of this process before it are few, and may be among them
                self._recorded = recorded
            return max(recorded, self._recorded + self._spent)

    @property
    def counted(self) -> int:
        """Return the requests of the day as far as this process knows them."""
        with self._lock:
            self._begin_day()
            return (self._recorded or 0) + self._spent

    def _begin_day(self) -> None:
        today = dt.datetime.now(dt.UTC).date()
        if self._day != today:
            self._day, self._spent, self._recorded = today, 0, None


def allowed(settings: Settings, daily_allowance: int | None) -> int | None:
    """Return how many requests a day webhooks may take; None without a limit.

    A share of less than one event's requests is none.
    """
    if settings.listen_share == 0:
        return 0
    if daily_allowance is None:
        return None
    share = int(daily_allowance * settings.listen_share)
    return share if share >= FEWEST_REQUESTS else 0
