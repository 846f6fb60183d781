"""Date windows: which days of the books to read, and how to split a window that is too large.

AccBooks has no "changed since" filter and no list of deletions. So a sync reads all records of a window of
dates, and they replace the warehouse's records of those dates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pendulum

MOST_PAGES = 50
"""Windows of more pages than this are split: small enough to read again, large enough to waste no pages."""

YEARS_BEFORE_AN_OPEN_END = 10
EARLIEST, LATEST = pendulum.date(1900, 1, 1), pendulum.date(2199, 12, 31)
"""An open end is not cut beyond these days: pages that never agree must be refused at some point. No books
are older: who asks for the earliest date asks for everything."""


@dataclass(frozen=True)
class Window:
    """The days from `start` to `end`, both inclusive; None is an open end."""

    start: pendulum.Date | None = None
    end: pendulum.Date | None = None

    def __contains__(self, day: pendulum.Date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    @property
    def params(self) -> dict[str, str]:
        """Return the window as the API's `from` and `to`, which may each be left out."""
        bounds = {"from": self.start, "to": self.end}
        return {name: day.isoformat() for name, day in bounds.items() if day is not None}

    def __str__(self) -> str:
        if self.start is None and self.end is None:
            return "all dates"
        return f"{self.start or 'the beginning'} to {self.end or 'the end'}"

    @property
    def days(self) -> tuple[float, float]:
        """Return the ordinals of both ends, infinite where they are open: windows compare as these do."""
        first = -math.inf if self.start is None else self.start.toordinal()
        return first, math.inf if self.end is None else self.end.toordinal()


@dataclass(frozen=True)
class PlannedWindow:
    """A window, and the reason for reading it: one of those below."""

    window: Window
    reason: str


FIRST, START_DATE, LOOKBACK, WHOLE = "first", "start_date", "lookback", "whole"
"""Why windows are read that are due; `whole` are lists without dates."""
REQUESTED, REPAIR = "requested", "repair"
"""Why windows are read that somebody asked for, or in which something differed."""
WEBHOOK = "webhook"
"""Why windows, records and reports are read that an event named."""
REREAD, REJECTED, SCRUB = "reread", "rejected", "scrub"
EXTRAS = frozenset({REREAD, REJECTED, SCRUB})
"""Why windows are read that no sync is incomplete without."""


@dataclass(frozen=True)
class Synced:
    """What a resource's last complete sync covered: from `start` (None: the beginning) until `on`."""

    on: pendulum.Date
    start: pendulum.Date | None


@dataclass(frozen=True)
class Request:
    """What is asked of a sync: by default whatever is due.

    `window` asks for these days of every dated list instead, `windows` for these of each list that it names;
    `reason` says why. `scrub` names what is read besides whatever is due: old days whose turn it is.
    """

    window: Window | None = None
    reason: str = REQUESTED
    start_date: pendulum.Date | None = None
    lookback_days: int = 35
    windows: Mapping[str, Sequence[Window]] | None = None
    scrub: Mapping[str, Sequence[Window]] = field(default_factory=dict)

    @property
    def is_for_days(self) -> bool:
        """Tell whether certain days are asked for, and not whatever is due."""
        return self.window is not None or self.windows is not None

    def days_of(self, resource: str) -> Sequence[Window]:
        """Return the windows asked for of a list, if certain days are asked for."""
        if self.windows is not None:
            return self.windows.get(resource, ())
        return () if self.window is None else (self.window,)


def plan_window(request: Request, synced: Synced | None) -> PlannedWindow:
    """Decide which window a resource needs.

    A first run, or one whose start_date moved back, reads everything; later runs read from `lookback_days`
    before the last run to the open end, so future-dated documents are always part of the last window.
    """
    if request.window is not None:
        return PlannedWindow(request.window, request.reason)
    whole = Window(request.start_date)
    if synced is None:
        return PlannedWindow(whole, FIRST)
    if synced.start is not None and (request.start_date is None or request.start_date < synced.start):
        return PlannedWindow(whole, START_DATE)
    due = synced.on.subtract(days=request.lookback_days)
    if request.start_date is not None and due < request.start_date:
        return PlannedWindow(whole, LOOKBACK)
    return PlannedWindow(Window(due), LOOKBACK)


def without(window: Window, others: Iterable[Window]) -> list[Window]:
    """Return what is left of `window` when all days of `others` are taken out, earliest first."""
    first, last = window.days
    left = []
    for start, end in sorted(other.days for other in others):
        if end < first or start > last:
            continue
        if start > first:
            left.append(_of_days(first, start - 1))
        first = end + 1
    return [*left, _of_days(first, last)] if first <= last and first != math.inf else left


def joined(windows: Iterable[Window]) -> list[Window]:
    """Return the windows that together cover the same days and neither touch nor overlap, earliest first."""
    days: list[tuple[float, float]] = []
    for first, last in sorted(window.days for window in windows):
        if days and first <= days[-1][1] + 1:
            days[-1] = (days[-1][0], max(last, days[-1][1]))
        else:
            days.append((first, last))
    return [_of_days(*each) for each in days]


def _of_days(first: float, last: float) -> Window:
    return Window(
        None if first == -math.inf else pendulum.Date.fromordinal(int(first)),
        None if last == math.inf else pendulum.Date.fromordinal(int(last)),
    )


def split(window: Window, parts: int, likely: Window) -> list[Window]:
    """Cut `window` by date into up to `parts` windows that together cover exactly the same days.

    `likely` says where the records of an open end probably begin and end; the outer windows stay open.
    Returns the window itself when it is a single day, or an open end with a single likely day.
    """
    start, end = _likely_bounds(window, likely)
    days = (end - start).days + 1 if start <= end else 0
    parts = min(parts, days)
    if parts < 2:  # noqa: PLR2004 - one part is no split
        return [window]
    firsts = [start.add(days=days * part // parts) for part in range(1, parts)]
    starts = [window.start, *firsts]
    ends = [*(first.subtract(days=1) for first in firsts), window.end]
    return [Window(first, last) for first, last in zip(starts, ends, strict=True)]


@dataclass(frozen=True)
class WindowSize:
    """How many pages a window may have, `largest` at most: with more than `most` it is cut to about `aim`."""

    largest: int
    most: int
    aim: int

    def parts(self, pages: int) -> int:
        """Return into how many parts a window of so many pages is cut; 1 if it is not.

        What is larger than the largest window is cut into largest windows first: before these are begun, more
        is known of the budget.
        """
        if pages > self.largest:
            return -(-pages // self.largest)
        return 1 if pages <= self.most else -(-pages // self.aim)


def window_size(largest: int, last_run_requests: int | None, pages: int) -> WindowSize:
    """Return how many pages a window may have, `largest` at most.

    If a limit ended the last run, it got `last_run_requests` requests; this run got `pages` so far, which may
    be more. A window that does not fit into the larger number is split so that two parts fit: then at least
    one is read completely, and little is lost when the budget is used up.
    """
    if last_run_requests is None:
        return WindowSize(largest, largest, largest)
    expected = max(last_run_requests, pages, 1)
    return WindowSize(largest, min(largest, expected), min(largest, max(1, expected // 2)))


def _likely_bounds(window: Window, likely: Window) -> tuple[pendulum.Date, pendulum.Date]:
    """Give an open end a date: the likely one if it lies on the right side of the other end."""
    end = window.end or likely.end or pendulum.today("UTC").date()
    if window.start is not None:
        if window.end is None and end < window.start:
            end = min(window.start.add(years=1), LATEST)
        return window.start, end
    start = likely.start
    if start is None or start > end:
        start = max(end.subtract(years=YEARS_BEFORE_AN_OPEN_END), EARLIEST)
    return start, end
