"""Estimate how many requests the current minute has left, and when the next one begins.

AccBooks answers every request with X-RateLimit-Limit, -Remaining and -Reset (documented). They describe a
fixed window that ends at Reset, in epoch seconds of the server's clock (assumed). Other programs may use the
same key, so the headers decide, and our own count only covers requests that they may not include yet.
"""

from __future__ import annotations

import math

from .rate_headers import WINDOW_SECONDS, RateHeaders

DAY_SPENT_AFTER_SECONDS = 120.0
"""A Reset further away than this cannot be the end of a minute: the day is spent."""

WAIT_WITHOUT_HEADERS_SECONDS = 5.0

RESET_TOLERANCE_SECONDS = 1.0
"""How far a Reset may be from the true end of its window: whole seconds are cut, or added to a cut clock."""

LONGEST_ANSWER_SECONDS = 120.0
"""No response arrives later than this after its Date."""
SHORTEST_ON_THE_CLOCK_SECONDS = 5.0
"""Shorter windows too often end on whole multiples of their length by chance."""


class MinuteWindow:
    """Pure arithmetic over the headers seen so far; times are the caller's, in epoch seconds.

    A request in flight may or may not be inside the Remaining that others report, so all of them are taken
    as not yet counted: the estimate can be too low for a moment, never too high. The same goes for a request
    that was lost, until a later one has been answered.
    """

    def __init__(self) -> None:
        self.limit: int | None = None
        self.remaining: int | None = None
        self.reset: float | None = None
        self.in_flight = 0
        self.blocked_until = 0.0
        self._longest: float | None = None
        self._previous_reset: float | None = None
        self._resets_vary = False
        self._was_refused = False
        self._lost_at: list[float] = []
        self._clock_offset: float | None = None

    @property
    def length(self) -> float:
        """The seconds a window lasts, as far as its Resets tell; a minute until they do."""
        return WINDOW_SECONDS if self._longest is None else self._longest

    @property
    def slack(self) -> float:
        """The seconds after its Reset until a window has certainly ended."""
        return 0.0 if self._ends_on_the_clock() else RESET_TOLERANCE_SECONDS

    def server_time(self, now: float) -> float:
        """Return the latest time that the server's clock has certainly reached.

        A Date header is written before its response arrives and is cut to whole seconds, so every response
        gives a lower bound of the server's clock; the highest bound is used.
        """
        return now + (self._clock_offset or 0.0)

    def wait(self, now: float) -> float:
        """Return the seconds until the next request may go out: 0 if it may go now.

        Infinite if only a response still in flight can tell, for example the first one, which has the limit.
        """
        return max(self.blocked_until - now, self._wait_for_room(now), 0.0)

    def is_spent(self, now: float) -> bool:
        """Tell whether only waiting helps: no response in flight can show that requests are left."""
        if self.blocked_until > now:
            return True
        return self._until_over(now) > 0 and (self.remaining or 0) <= len(self._lost_at)

    def sent(self) -> None:
        """Count a request as in flight."""
        self.in_flight += 1

    def withdrawn(self) -> None:
        """Take back a request that was counted as in flight, and was not sent."""
        self.in_flight -= 1

    def answered(
        self,
        headers: RateHeaders | None,
        now: float,
        *,
        sent_at: float = -math.inf,
        refused: bool = False,
    ) -> None:
        """Record the headers of a response to a request sent at `sent_at`; `refused` is a 429.

        Without headers (None if there was no response) the server may still have counted the request.
        """
        self.in_flight -= 1
        if headers is not None and headers.date is not None:
            self._learn_clock(headers.date - now)
        if headers is not None and self._take(headers, now):
            self._lost_at = [lost for lost in self._lost_at if lost >= sent_at]
        elif not refused:
            self._lost_at.append(now)
        if headers is not None and refused:
            self._was_refused = True
            self.blocked_until = max(self.blocked_until, now + self._refusal_wait(headers, now))

    def _learn_clock(self, offset: float) -> None:
        """Learn how far the server's clock is ahead of ours: the largest offset is the nearest.

        If one is smaller than any delay of a response explains, the clock of an earlier answer was wrong, or
        one was set: what that answer said of a window is forgotten too.
        """
        if self._clock_offset is not None and offset < self._clock_offset - LONGEST_ANSWER_SECONDS:
            self._clock_offset = offset
            self.reset = self._previous_reset = None
        else:
            self._clock_offset = offset if self._clock_offset is None else max(self._clock_offset, offset)

    def _take(self, headers: RateHeaders, now: float) -> bool:
        """Record what is left of a window; returns whether the headers have it."""
        if headers.limit is None or headers.limit < 1 or headers.remaining is None or headers.reset is None:
            return False
        if self.reset is None or headers.reset > self.reset + RESET_TOLERANCE_SECONDS:
            self._previous_reset = self.reset
            self.limit, self.remaining, self.reset = headers.limit, headers.remaining, headers.reset
        elif headers.reset >= self.reset - RESET_TOLERANCE_SECONDS and self.remaining is not None:
            self.limit = headers.limit
            self.remaining = min(self.remaining, headers.remaining)
            self._resets_vary = self._resets_vary or headers.reset != self.reset
            self.reset = max(self.reset, headers.reset)
        self._learn_length(headers.reset - self.server_time(now))
        return True

    def _learn_length(self, until_reset: float) -> None:
        if until_reset <= DAY_SPENT_AFTER_SECONDS:
            self._longest = max(self._longest or 1.0, until_reset)

    def _until_over(self, now: float) -> float:
        """Return the seconds until the window last seen has certainly ended; negative if it has."""
        if self.reset is None:
            return 0.0
        return self.reset + self.slack - self.server_time(now)

    def _ends_on_the_clock(self) -> bool:
        """Tell whether windows end with the minutes of the clock, so that Reset is exact.

        Two Resets give the length of a window if they are no further apart than a Reset was ever ahead. After
        a refusal, or after Resets that are a moment apart, this is never assumed.
        """
        if self.reset is None or self._was_refused or self._resets_vary:
            return False
        if self._previous_reset is None:
            return self.reset % WINDOW_SECONDS == 0
        length = self.reset - self._previous_reset
        is_length = SHORTEST_ON_THE_CLOCK_SECONDS <= length <= self.length + RESET_TOLERANCE_SECONDS
        return is_length and self.reset % length == 0

    def _wait_for_room(self, now: float) -> float:
        if self.limit is None or self.remaining is None:
            return math.inf if self.in_flight else 0.0
        self._forget_lost(now)
        until_over = self._until_over(now)
        room = self.remaining if until_over > 0 else self.limit
        if room > self.in_flight + len(self._lost_at):
            return 0.0
        if until_over > 0:
            return until_over
        return self._lost_at[0] + self._memory - now if self._lost_at else math.inf

    @property
    def _memory(self) -> float:
        """The seconds after which the window that may have counted a lost request is over."""
        return max(self.length, WINDOW_SECONDS)

    def _forget_lost(self, now: float) -> None:
        self._lost_at = [lost for lost in self._lost_at if lost + self._memory > now]

    def _refusal_wait(self, headers: RateHeaders, now: float) -> float:
        """Return the seconds to wait after a refusal, by its own headers, which use the server's clock."""
        waits = [headers.retry_after] if headers.retry_after is not None else []
        if headers.reset is not None:
            since = self.server_time(now) if headers.date is None else headers.date
            waits.append(max(RESET_TOLERANCE_SECONDS, headers.reset - since))
        return max(waits, default=WAIT_WITHOUT_HEADERS_SECONDS)
