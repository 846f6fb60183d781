"""The request budget of one key: whether a request may be sent now, and how long to wait otherwise.

There are two limits: the limit per minute is in the headers of every response (`minute_count`). The limit per
day is in no header, so requests are counted on disk (`day_count`), or where several machines reach the count
(`shared_count`).
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping

from ..errors import BudgetClosedError, DayBudgetSpentError, TimeUpError
from .day_count import DAY_LIMITS, DayCount, end_of_day
from .minute_count import DAY_SPENT_AFTER_SECONDS, RESET_TOLERANCE_SECONDS, MinuteWindow
from .rate_headers import RateHeaders, plausible_headers
from .shared_count import SharedCount

logger = logging.getLogger(__name__)

MOST_REQUESTS_PER_SECOND = 200.0
"""The most requests a second, whatever the limit: twenty thousand records a second. Beyond what a machine
can process, threads mostly wait for each other, and more threads only raise the latency."""

FEWEST_IN_FLIGHT, MOST_IN_FLIGHT = 2, 32
HEADROOM = 1.5
LONG_WAIT_SECONDS = 1.0
"""A wait for other processes that is longer than this is announced: it lasts until the minute is over."""
STALE_GRANT_SECONDS = 5.0
"""A request that was granted by the shared count longer ago than this is asked for once more."""
LATENCY_WEIGHT = 1 / 8
"""The weight of the latest latency in the average, as TCP has it for its round trips (RFC 6298)."""


_EPOCH = time.time() - time.monotonic()


def steady_time() -> float:
    """Return epoch seconds that increase steadily, even if this machine's clock is changed meanwhile."""
    return _EPOCH + time.monotonic()


class Concurrency:
    """How many requests to have in flight, by Little's law: requests a second x seconds per request."""

    def __init__(self) -> None:
        self._latency: float | None = None

    def observe(self, latency: float) -> None:
        """Record the latency of one request in seconds, from sending it to the end of its response."""
        before = latency if self._latency is None else self._latency
        self._latency = before + LATENCY_WEIGHT * (latency - before)

    def useful_requests(self, limit: int, window_seconds: float) -> int:
        """Return how many requests in flight use `limit` requests in each window, with some headroom."""
        rate = min(limit / window_seconds, MOST_REQUESTS_PER_SECOND)
        wanted = math.ceil(rate * (self._latency or 0.0) * HEADROOM + 1)
        return min(max(wanted, FEWEST_IN_FLIGHT), MOST_IN_FLIGHT)


class _CountOfThread(threading.local):
    """A separate count for each thread."""

    requests = 0


class RateBudget:
    """One key's budget, shared by all threads. Retries count, too: the budget sits below them.

    `on_wait` is called with the seconds of a wait for Reset, once however many threads wait. It blocks the
    other threads, so it must be quick. After `until`, by the clock, no request is sent; none waits that long.
    """

    def __init__(
        self,
        *,
        day: DayCount | None = None,
        shared: SharedCount | None = None,
        daily_share: float = 1.0,
        clock: Callable[[], float] = steady_time,
        on_wait: Callable[[float], None] | None = None,
        until: float = math.inf,
    ) -> None:
        self._window = MinuteWindow()
        self._concurrency = Concurrency()
        self._day = day
        self._shared = shared
        self._daily_share = daily_share
        self._clock = clock
        self._on_wait = [] if on_wait is None else [on_wait]
        self._until = until
        self._announced_until = -math.inf
        self._closed = False
        self._changed = threading.Condition()
        self._of_thread = _CountOfThread()
        self._header_warnings: dict[str, str] = {}
        self.requests = 0
        self.answered = 0

    def when_waiting(self, call: Callable[[float], None]) -> None:
        """Call this as well as `on_wait`, with the seconds of each wait for Reset; it must be quick, too."""
        self._on_wait.append(call)

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

    @property
    def spent_today(self) -> int:
        """The requests of this UTC day counted for the key, by all processes that share the count."""
        if self._shared is not None:
            return self._shared.spent()
        if self._day is None:
            return self.requests
        return self._day.spent(self._window.server_time(self._clock()))

    @property
    def header_warnings(self) -> tuple[str, ...]:
        """Return a sentence on each implausible rate header, with the value used instead."""
        return tuple(self._header_warnings.values())

    @property
    def concurrency(self) -> int:
        """How many requests to have in flight now: 1 until the limit is known, then 2 to 32."""
        limit = self._window.limit
        return 1 if limit is None else self._concurrency.useful_requests(limit, self._window.length)

    @property
    def requests_of_thread(self) -> int:
        """The requests that the calling thread has acquired so far."""
        return self._of_thread.requests

    def acquire(self) -> None:
        """Wait until a request may be sent, and count it.

        Raises DayBudgetSpentError if today's share is used up or Reset is not before tomorrow, TimeUpError if
        the request would be sent after `until`, and BudgetClosedError once the budget is closed.
        """
        self._check_open()
        self._count_for_the_day()
        with self._changed:
            while (wait := self._next_wait()) > 0:
                self._changed.wait(wait if math.isfinite(wait) else None)
            self._window.sent()
        try:
            self._await_other_processes()
        except BaseException:
            with self._changed:
                self._window.withdrawn()
                self._changed.notify_all()
            raise
        with self._changed:
            self.requests += 1
        self._of_thread.requests += 1

    def release(
        self, headers: Mapping[str, str] | None, *, latency: float | None = None, refused: bool = False
    ) -> None:
        """Record the response to an acquired request; `headers` is None if there was no response.

        `latency` is the seconds from sending the request to the end of its response, `refused` means 429.
        """
        with self._changed:
            now = self._clock()
            parsed = None if headers is None else self._plausible_headers(headers, now, refused=refused)
            sent_at = -math.inf if latency is None else now - latency
            self._window.answered(parsed, now, sent_at=sent_at, refused=refused)
            self.answered += headers is not None and not refused
            if latency is not None and not refused:
                self._concurrency.observe(latency)
            self._changed.notify_all()
        if self._shared is not None:
            self._shared.answered(parsed)

    def close(self) -> None:
        """Send no further request: `acquire` raises BudgetClosedError, also in threads that wait now."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _plausible_headers(self, headers: Mapping[str, str], now: float, *, refused: bool) -> RateHeaders:
        """Return the plausible rate headers of a response; logs each kind of implausible header once."""
        read = plausible_headers(headers, now, self._window.server_time(now), refused=refused)
        for name, sentence in read.warnings.items():
            if name not in self._header_warnings:
                self._header_warnings[name] = sentence
                logger.warning("%s", sentence)
        return read.headers

    def _check_open(self) -> None:
        if self._closed:
            raise BudgetClosedError("The reading was stopped.")

    def _check_time(self, goes_out_at: float) -> None:
        """Raise TimeUpError if a request would be sent after `until`."""
        if goes_out_at >= self._until:
            raise TimeUpError("This run reached its time limit.")

    def _count_for_the_day(self) -> None:
        """Count one more request of the day on disk, without holding the lock of the other threads."""
        if self._day is None:
            return
        clock = self._clock()
        self._check_time(clock)
        now = self._window.server_time(clock)
        if self._day.spend(now, self.daily_allowance) is None:
            raise self._day_is_spent(now)

    def _await_other_processes(self) -> None:
        """Wait until the count shared by all processes has a request left, and count it there."""
        if self._shared is None:
            return
        while wait := self._wait_for_others(self._shared):
            with self._changed:
                self._changed.wait(wait)

    def _wait_for_others(self, shared: SharedCount) -> float:
        with self._changed:
            self._check_open()
            slack, now = self._window.slack, self._clock()
        self._check_time(now)
        wait = shared.spend(self.daily_allowance, slack)
        while wait == 0 and self._clock() - now > STALE_GRANT_SECONDS:
            # this process may have been paused, and others may have the company now
            now = self._clock()
            wait = shared.spend(self.daily_allowance, slack)
        if wait is None:
            raise self._day_is_spent(self._window.server_time(now))
        if wait > LONG_WAIT_SECONDS:
            with self._changed:
                self._announce_wait(now, wait)
        return min(wait, self._until - now) if wait else 0.0

    def _day_is_spent(self, now: float) -> DayBudgetSpentError:
        """Return the error of a day whose share is used up at `now`, by the server's clock."""
        return DayBudgetSpentError(
            f"Today's {self.daily_allowance:,} requests for this key are used up ({self._daily_share:.0%} of "
            "the plan's daily limit, see sources.accbooks.daily_share).",
            resets_at=end_of_day(now) - self._window.server_time(0.0),
        )

    def _next_wait(self) -> float:
        self._check_open()
        now = self._clock()
        self._check_time(now)
        wait = self._window.wait(now)
        if wait > 0 and self._window.is_spent(now):
            self._announce_wait(now, wait)
        return min(wait, self._until - now)

    def _announce_wait(self, now: float, wait: float) -> None:
        """Call `on_wait` about a new wait; raises LimitReachedError if the wait is too long."""
        if wait > DAY_SPENT_AFTER_SECONDS + RESET_TOLERANCE_SECONDS:
            raise DayBudgetSpentError(
                " ".join(["AccBooks' daily request limit for this key is used up.", *self.header_warnings]),
                resets_at=now + wait - RESET_TOLERANCE_SECONDS,
            )
        self._check_time(now + wait)
        if now + wait > self._announced_until + RESET_TOLERANCE_SECONDS:
            self._announced_until = now + wait
            for call in self._on_wait:
                call(wait)
