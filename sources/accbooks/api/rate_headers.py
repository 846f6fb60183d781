"""The rate headers of a response, as far as they can be believed.

A header that cannot be meant, such as a Reset in milliseconds or a Retry-After of the year 9999, neither
stops a run nor makes it wait for years: what can be meant is taken for it, and what was odd is said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar

from .day_count import end_of_day

WINDOW_SECONDS = 60.0
"""How long a window lasts: the limit is per minute (documented), though where a minute starts is not said."""

FURTHEST_SECONDS = 2 * 86_400.0
"""How far from now a time may be: a day's limit ends within a day, and a clock may be a day wrong."""
FURTHEST_CLOCK_SECONDS = 366 * 86_400.0
"""How far the server's clock may be from ours: beyond that its Date is not believed."""
HIGHEST_LIMIT = 1_000_000
"""Requests a minute; nobody sells so many."""
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
    """Rate headers that can be meant, and a sentence on each header that could not, by its name."""

    headers: RateHeaders
    odd: Mapping[str, str]


@dataclass(frozen=True)
class _Meant(Generic[Value]):
    """What is taken for a header's value, and in words why that is not what it says; None if it is."""

    value: Value | None
    instead: str | None = None


def believed(
    headers: Mapping[str, str], now: float, server_time: float, *, refused: bool
) -> PlausibleHeaders:
    """Return the rate headers of a response with something that can be meant for what cannot.

    `now` is our clock, `server_time` the server's by earlier answers, both in epoch seconds; `refused` says
    429. A Reset that cannot be meant is a minute away; of a refusal that tells no other time it is the end of
    the day (UTC), if it seems to lie beyond it.
    """
    date = _date(headers.get(DATE), now)
    since = server_time if date.value is None else date.value
    limit = _limit(headers.get(LIMIT))
    remaining = _remaining(headers.get(REMAINING))
    retry_after = _wait(headers.get(RETRY_AFTER), since)
    reset = _reset(headers.get(RESET), since, may_be_the_day=refused and retry_after.value is None)
    meant: dict[str, _Meant[Any]] = {
        DATE: date,
        LIMIT: limit,
        REMAINING: remaining,
        RETRY_AFTER: retry_after,
        RESET: reset,
    }
    odd = {
        name: f"AccBooks' header {name} is {headers[name][:LONGEST_QUOTE]!a}: {each.instead}."
        for name, each in meant.items()
        if each.instead is not None
    }
    values = RateHeaders(limit.value, remaining.value, reset.value, retry_after.value, date.value)
    return PlausibleHeaders(values, odd)


def _date(text: str | None, now: float) -> _Meant[float]:
    date = _http_date(text)
    if date is not None and abs(date - now) <= FURTHEST_CLOCK_SECONDS:
        return _Meant(date)
    return _Meant(None, None if text is None else "this machine's clock is used instead")


def _limit(text: str | None) -> _Meant[int]:
    limit = _integer(text)
    if limit is not None and 1 <= limit <= HIGHEST_LIMIT:
        return _Meant(limit)
    return _Meant(None, None if text is None else NO_ACCOUNT)


def _remaining(text: str | None) -> _Meant[int]:
    remaining = _integer(text)
    if remaining is None:
        return _Meant(None, None if text is None else NO_ACCOUNT)
    return _Meant(0, "0 is used instead") if remaining < 0 else _Meant(remaining)


def _wait(text: str | None, since: float) -> _Meant[float]:
    """Return the seconds a Retry-After asks for: it is a number of them, or a date of the server's clock."""
    number = _number(text)
    until = _http_date(text) if number is None else None
    if until is not None:
        number = max(0.0, until - since)
    if number is None:
        return _Meant(None, None if text is None else NO_ACCOUNT)
    if number < 0:
        return _Meant(0.0, "no wait is used instead")
    if number > FURTHEST_SECONDS:
        return _Meant(end_of_day(since) - since, "the end of the day is used instead")
    return _Meant(number)


def _reset(text: str | None, since: float, *, may_be_the_day: bool) -> _Meant[float]:
    reset = _number(text)
    if text is None or (reset is not None and abs(reset - since) <= FURTHEST_SECONDS):
        return _Meant(reset)
    if reset is not None and abs(reset / MILLISECONDS - since) <= FURTHEST_SECONDS:
        return _Meant(reset / MILLISECONDS, "it is read as milliseconds")
    if may_be_the_day and (reset or 0.0) > since:
        return _Meant(end_of_day(since), "the end of the day is used instead")
    return _Meant(since + WINDOW_SECONDS, "one minute from then is used instead")


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
    """Return a time of HTTP in epoch seconds; None if it is none, or beyond what clocks can say."""
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        return None
