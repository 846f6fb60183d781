"""The request budget of one key: how many requests may go out now, and how long to wait otherwise.

AccBooks answers every request with X-RateLimit-Limit, -Remaining and -Reset (documented). They describe a
fixed window that ends at Reset, in epoch seconds of the server's clock (assumed). Other programs may spend
the same key, so these headers are the truth and our own count only covers the requests still in flight.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from sources.accbooks.day import DAY_LIMITS, DayCount, end_of_day
from sources.accbooks.errors import DayBudgetSpentError

DAY_SPENT_AFTER_SECONDS = 120.0
"""A Reset further away than this cannot be the end of a minute: the day is spent."""

WAIT_WITHOUT_HEADERS_SECONDS = 5.0


@dataclass(frozen=True)
class RateHeaders:
    """The rate headers of one response; `reset` and `date` are epoch seconds of the server's clock."""

    limit: int | None
    remaining: int | None
    reset: float | None
    retry_after: float | None
    date: float | None


def rate_headers(headers: Mapping[str, str]) -> RateHeaders:
    """Read the rate headers of a response; one that is absent or malformed is None."""
    date = _http_date(headers.get("Date"))
    return RateHeaders(
        limit=_integer(headers.get("X-RateLimit-Limit")),
        remaining=_integer(headers.get("X-RateLimit-Remaining")),
        reset=_number(headers.get("X-RateLimit-Reset")),
        retry_after=_retry_after(headers.get("Retry-After"), date),
        date=date,
    )


class MinuteWindow:
    """Pure arithmetic over the headers seen so far; times are the caller's, in epoch seconds.

    A request in flight may or may not be inside the Remaining that others report, so all of them are taken
    as not yet counted: the estimate can be too low for a moment, never too high.
    """

    def __init__(self) -> None:
        self.limit: int | None = None
        self.remaining: int | None = None
        self.reset: float | None = None
        self.in_flight = 0
        self.blocked_until = 0.0
        self._clock_offset: float | None = None

    def server_time(self, now: float) -> float:
        """Return the latest time the server's clock is known to have reached.

        A Date header was written before its response arrived and is cut to whole seconds, so every response
        proves a lower bound of the server's clock; the highest of them is the tightest.
        """
        return now + (self._clock_offset or 0.0)

    def wait(self, now: float) -> float:
        """Return the seconds until the next request may go out; 0 if it may go now."""
        blocked = max(0.0, self.blocked_until - now)
        if self.limit is None or self.remaining is None or self.reset is None:
            return blocked
        until_reset = self.reset - self.server_time(now)
        remaining = self.remaining if until_reset > 0 else self.limit
        if remaining - self.in_flight > 0:
            return blocked
        return max(blocked, until_reset, 0.0)

    def is_probing(self) -> bool:
        """Tell whether the limit is still unknown while a first request is out to learn it."""
        return self.limit is None and self.in_flight > 0

    def sent(self) -> None:
        """Count a request as in flight."""
        self.in_flight += 1

    def answered(self, headers: RateHeaders | None, now: float, *, refused: bool = False) -> None:
        """Take in a response's headers (None if there was no response); `refused` is a 429."""
        self.in_flight -= 1
        if headers is None:
            return
        if headers.date is not None:
            offset = headers.date - now
            self._clock_offset = offset if self._clock_offset is None else max(self._clock_offset, offset)
        self._take(headers)
        if refused:
            self.blocked_until = max(self.blocked_until, now + self._refusal_wait(headers, now))

    def _take(self, headers: RateHeaders) -> None:
        if headers.limit is None or headers.remaining is None or headers.reset is None:
            return
        if self.reset is None or headers.reset > self.reset:
            self.limit, self.remaining, self.reset = headers.limit, headers.remaining, headers.reset
        elif headers.reset == self.reset and self.remaining is not None:
            self.limit, self.remaining = headers.limit, min(self.remaining, headers.remaining)

    def _refusal_wait(self, headers: RateHeaders, now: float) -> float:
        waits = [headers.retry_after] if headers.retry_after is not None else []
        if headers.reset is not None:
            waits.append(headers.reset - self.server_time(now))
        return max(waits, default=WAIT_WITHOUT_HEADERS_SECONDS)


class RateBudget:
    """One key's budget, shared by every thread that spends it; sits below the retries, so they spend too."""

    def __init__(
        self,
        *,
        day: DayCount | None = None,
        daily_share: float = 1.0,
        clock: Callable[[], float] = time.time,
        on_wait: Callable[[float], None] | None = None,
    ) -> None:
        self._window = MinuteWindow()
        self._day = day
        self._daily_share = daily_share
        self._clock = clock
        self._on_wait = on_wait
        self._changed = threading.Condition()
        self.requests = 0

    @property
    def remaining(self) -> int | None:
        """Requests left in the current minute, as last reported."""
        return self._window.remaining

    @property
    def limit(self) -> int | None:
        """Requests a minute, as last reported."""
        return self._window.limit

    @property
    def daily_allowance(self) -> int | None:
        """Return the requests we may send a day: our share of the plan's limit; None if that is unknown."""
        limit = DAY_LIMITS.get(self._window.limit or 0)
        return None if limit is None else int(limit * self._daily_share)

    def acquire(self) -> None:
        """Wait until a request may go out and count it.

        Raises DayBudgetSpentError if today's share is spent, and instead of waiting for a Reset that only
        tomorrow brings.
        """
        self._count_for_the_day()
        with self._changed:
            while (wait := self._next_wait()) > 0 or self._window.is_probing():
                self._changed.wait(wait or None)
            self._window.sent()
            self.requests += 1

    def release(self, headers: Mapping[str, str] | None, *, refused: bool = False) -> None:
        """Take in the answer to an acquired request; None if there was none."""
        with self._changed:
            parsed = rate_headers(headers) if headers is not None else None
            self._window.answered(parsed, self._clock(), refused=refused)
            self._changed.notify_all()

    def _count_for_the_day(self) -> None:
        """Count one more request of the day on disk, without holding a lock that others wait for."""
        if self._day is None:
            return
        now = self._window.server_time(self._clock())
        allowance = self.daily_allowance
        if allowance is not None and self._day.spent(now) >= allowance:
            ours = end_of_day(now) - self._window.server_time(0.0)
            raise DayBudgetSpentError(
                f"Today's {allowance:,} requests for this key are spent ({self._daily_share:.0%} of the "
                "plan's daily limit, sources.accbooks.daily_share).",
                resets_at=ours,
            )
        self._day.spend(now)

    def _next_wait(self) -> float:
        now = self._clock()
        wait = self._window.wait(now)
        if wait > DAY_SPENT_AFTER_SECONDS:
            raise DayBudgetSpentError(
                "AccBooks' daily request limit for this key is spent.", resets_at=now + wait
            )
        if wait > 0 and self._on_wait:
            self._on_wait(wait)
        return wait


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _retry_after(text: str | None, date: float | None) -> float | None:
    """Return the seconds a Retry-After asks for: it is a number of them, or a date of the server's clock."""
    number = _number(text)
    until = _http_date(text) if number is None else None
    return max(0.0, until - date) if until is not None and date is not None else number


def _integer(text: str | None) -> int | None:
    number = _number(text)
    return int(number) if number is not None and number.is_integer() else None


def _http_date(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None
