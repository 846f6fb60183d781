"""Read the rate headers of a response, and replace implausible values.

An implausible header, such as a Reset in milliseconds or a Retry-After in the year 9999, neither stops a run
nor makes it wait for years: a plausible value is used instead, with a warning.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar

from .day_count import end_of_day

WINDOW_SECONDS = 60.0
"""The length of a window: the limit is per minute (documented); when a minute starts is not documented."""

FURTHEST_SECONDS = 2 * 86_400.0
"""The furthest plausible time from now: a daily limit resets within a day, and a clock may be a day off."""
FURTHEST_CLOCK_SECONDS = 366 * 86_400.0
"""The largest plausible difference between the server's clock and ours; a Date beyond it is ignored."""
HIGHEST_LIMIT = 1_000_000
"""The highest plausible limit, in requests a minute."""
MILLISECONDS = 1000
LONGEST_QUOTE = 40
NO_ACCOUNT = "it is ignored"

LIMIT, REMAINING, RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"
RETRY_AFTER, DATE = "Retry-After", "Date"

Value = TypeVar("Value", int, float)


@dataclass(frozen=True)
class RateHeaders:
    """The rate headers of one response; `reset` and `date` are epoch seconds of the server's clock."""

    limit: int | None
    remaining: int | None
    reset: float | None
    retry_after: float | None
    date: float | None


@dataclass(frozen=True)
class PlausibleHeaders:
    """Plausible rate headers, and a warning about each implausible one, by its name."""

    headers: RateHeaders
    warnings: Mapping[str, str]


@dataclass(frozen=True)
class _Corrected(Generic[Value]):
    """The value to use for a header, and how it was corrected; None if it was not."""

    value: Value | None
    correction: str | None = None


def plausible_headers(
    headers: Mapping[str, str], now: float, server_time: float, *, refused: bool
) -> PlausibleHeaders:
    """Return the rate headers of a response, with implausible values replaced.

    `now` is our clock, `server_time` the server's by earlier responses, in epoch seconds; `refused` means
    429. An implausible Reset becomes one minute from now, or the end of the day (UTC) if it is in the future
    and belongs to a refusal without Retry-After.
    """
    date = _date(headers.get(DATE), now)
    since = server_time if date.value is None else date.value
    limit = _limit(headers.get(LIMIT))
    remaining = _remaining(headers.get(REMAINING))
    retry_after = _wait(headers.get(RETRY_AFTER), since)
    reset = _reset(headers.get(RESET), since, may_be_the_day=refused and retry_after.value is None)
    corrected: dict[str, _Corrected[Any]] = {
        DATE: date,
        LIMIT: limit,
        REMAINING: remaining,
        RETRY_AFTER: retry_after,
        RESET: reset,
    }
    warnings = {
        name: f"AccBooks' header {name} is {headers[name][:LONGEST_QUOTE]!a}: {each.correction}."
        for name, each in corrected.items()
        if each.correction is not None
    }
    values = RateHeaders(limit.value, remaining.value, reset.value, retry_after.value, date.value)
    return PlausibleHeaders(values, warnings)


def _date(text: str | None, now: float) -> _Corrected[float]:
    date = _http_date(text)
    if date is not None and abs(date - now) <= FURTHEST_CLOCK_SECONDS:
        return _Corrected(date)
    return _Corrected(None, None if text is None else "this machine's clock is used instead")


def _limit(text: str | None) -> _Corrected[int]:
    limit = _integer(text)
    if limit is not None and 1 <= limit <= HIGHEST_LIMIT:
        return _Corrected(limit)
    return _Corrected(None, None if text is None else NO_ACCOUNT)


def _remaining(text: str | None) -> _Corrected[int]:
    remaining = _integer(text)
    if remaining is None:
        return _Corrected(None, None if text is None else NO_ACCOUNT)
    return _Corrected(0, "0 is used instead") if remaining < 0 else _Corrected(remaining)


def _wait(text: str | None, since: float) -> _Corrected[float]:
    """Return the seconds of a Retry-After, which is a number of seconds or a date by the server's clock."""
    number = _number(text)
    until = _http_date(text) if number is None else None
    if until is not None:
        number = max(0.0, until - since)
    if number is None:
        return _Corrected(None, None if text is None else NO_ACCOUNT)
    if number < 0:
        return _Corrected(0.0, "no wait is used instead")
    if number > FURTHEST_SECONDS:
        return _Corrected(end_of_day(since) - since, "the end of the day is used instead")
    return _Corrected(number)


def _reset(text: str | None, since: float, *, may_be_the_day: bool) -> _Corrected[float]:
    reset = _number(text)
    if text is None or (reset is not None and abs(reset - since) <= FURTHEST_SECONDS):
        return _Corrected(reset)
    if reset is not None and abs(reset / MILLISECONDS - since) <= FURTHEST_SECONDS:
        return _Corrected(reset / MILLISECONDS, "it is read as milliseconds")
    if may_be_the_day and (reset or 0.0) > since:
        return _Corrected(end_of_day(since), "the end of the day is used instead")
    return _Corrected(since + WINDOW_SECONDS, "one minute from then is used instead")


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _integer(text: str | None) -> int | None:
    number = _number(text)
    return int(number) if number is not None and number.is_integer() else None


def _http_date(text: str | None) -> float | None:
    """Return an HTTP date in epoch seconds; None if it is invalid or out of range."""
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        return None
