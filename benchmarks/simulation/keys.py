"""The limits of a key: requests of a minute and of a day, both in windows that the clock begins."""

from __future__ import annotations

import math
from dataclasses import dataclass

MINUTE, DAY = 60.0, 86_400.0


@dataclass(frozen=True)
class Limit:
    """The most requests in each minute and each day."""

    per_minute: float = math.inf
    per_day: float = math.inf


STARTER, PRO, NO_LIMIT = Limit(60, 10_000), Limit(300, 100_000), Limit()
"""AccBooks' documented plans, and none."""


class Key:
    """Counts the requests of a key against its limit."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.requests = 0
        self.busiest_minute = 0
        self._minute = self._day = -1
        self._of_minute = self._of_day = 0

    def grant(self, wanted: int, now: float) -> int:
        """Count up to so many requests that are sent now; returns how many may be."""
        self._turn_page(now)
        left = min(self.limit.per_minute - self._of_minute, self.limit.per_day - self._of_day)
        granted = int(min(wanted, left))
        self._of_minute += granted
        self._of_day += granted
        self.requests += granted
        self.busiest_minute = max(self.busiest_minute, self._of_minute)
        return granted

    def is_spent(self, now: float) -> bool:
        """Tell whether no request is left of the day."""
        self._turn_page(now)
        return self._of_day >= self.limit.per_day

    def until_next_minute(self, now: float) -> float:
        """Return the seconds until the next minute begins."""
        return (now // MINUTE + 1) * MINUTE - now

    def _turn_page(self, now: float) -> None:
        minute, day = int(now // MINUTE), int(now // DAY)
        if minute != self._minute:
            self._minute, self._of_minute = minute, 0
        if day != self._day:
            self._day, self._of_day = day, 0
