"""Requests per fixed window and per day, counted for each key."""

import math
from dataclasses import dataclass

from accbooks_warehouse.emulator.clock import Clock
from accbooks_warehouse.emulator.settings import Plan

DAY = 86_400


@dataclass(frozen=True)
class Allowance:
    """What is left after a request; `reset` is epoch seconds, `refused` tells that none was left before."""

    limit: int
    remaining: int
    reset: float
    refused: bool = False


def window_end(now: float, length: float) -> float:
    """Return when the window of `length` seconds around `now` ends; windows start at multiples of it."""
    return (math.floor(now / length) + 1) * length


class Rates:
    """Budgets of a plan, by key. Windows last `minute` seconds; days end at 00:00 UTC (assumed).

    A refused request costs nothing.
    """

    def __init__(self, clock: Clock, plan: Plan, minute: float) -> None:
        self._clock = clock
        self._plan = plan
        self._minute = minute
        self._spent: dict[tuple[str, float], dict[float, int]] = {}

    def spend(self, key: str) -> Allowance:
        """Count one request against `key` and return what is left of its current window."""
        now = self._clock.now()
        limit, reset = self._plan.per_minute, window_end(now, self._minute)
        if self._plan.per_day is not None and self._used(key, DAY, now) >= self._plan.per_day:
            return Allowance(limit, 0, window_end(now, DAY), refused=True)
        used = self._used(key, self._minute, now)
        if used >= limit:
            return Allowance(limit, 0, reset, refused=True)
        self.use_up(key, 1, now=now)
        return Allowance(limit, limit - used - 1, reset)

    def use_up(self, key: str, requests: int, *, day: bool = False, now: float | None = None) -> None:
        """Spend `requests` of the key's day, and of its window unless `day`, as another program might."""
        now = self._clock.now() if now is None else now
        for length in (DAY,) if day else (DAY, self._minute):
            self._spent[key, length] = {window_end(now, length): self._used(key, length, now) + requests}

    def _used(self, key: str, length: float, now: float) -> int:
        return self._spent.get((key, length), {}).get(window_end(now, length), 0)


def headers(allowance: Allowance, minute: float, now: float) -> list[tuple[bytes, bytes]]:
    """Return the rate headers documented for every response; Retry-After on a refusal is assumed.

    Reset is in seconds, with three decimals only if `minute` is not a whole number.
    """
    exact = f"{allowance.reset:.3f}" if minute % 1 else str(round(allowance.reset))
    found = [
        (b"x-ratelimit-limit", str(allowance.limit).encode()),
        (b"x-ratelimit-remaining", str(max(0, allowance.remaining)).encode()),
        (b"x-ratelimit-reset", exact.encode()),
    ]
    if allowance.refused:
        found.append((b"retry-after", str(max(1, math.ceil(allowance.reset - now))).encode()))
    return found
