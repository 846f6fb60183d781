"""What processes on several machines need to share of a key's limits: its requests of the minute and day.

`day_count` counts in a file, which serves the processes of one machine. Several machines need a count that
all of them reach. This module says what such a count has to offer; the source itself brings none.
"""

from __future__ import annotations

from typing import Protocol

from .rate_headers import RateHeaders


class SharedCount(Protocol):
    """One key's requests, those of all processes; threads may share it.

    Every method raises AccBooksError if the count cannot be reached, because without it a limit might be
    exceeded.
    """

    def spend(self, allowance: int | None, slack: float) -> float | None:
        """Count a request that goes out now; return 0.

        Return how many seconds to wait before the next attempt, and count nothing, if the minute has no
        request left; its window is over `slack` seconds after its Reset. Return None if the day's requests
        have reached `allowance` (None: no limit).
        """

    def answered(self, headers: RateHeaders | None) -> None:
        """Record the headers of the response to the calling thread's request; None if there was none."""

    def spent(self) -> int:
        """Return the requests of this UTC day, by the server's clock as far as it is known."""

    def forget(self) -> None:
        """Delete all that is known of the key."""


class SharedCounts(Protocol):
    """Gives the count of each key."""

    def of_key(self, api_key: str, base_url: str) -> SharedCount:
        """Return the count of a key at a server; the key itself is not stored."""
