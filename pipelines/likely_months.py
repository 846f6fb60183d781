"""In which months something is probably posted, found out for few requests before anything is loaded.

Page one of each list shows up to a hundred records. Where that is all of them, the months are known. Of
longer lists it is assumed that every month from the start of the books to today has postings, unless page one
looks odd: then the dates are halved until the pages show enough.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pendulum
from sources.accbooks.books_calendar import month_of
from sources.accbooks.bulk import type_window
from sources.accbooks.client import Params
from sources.accbooks.endpoints import Endpoint
from sources.accbooks.pages import PER_PAGE, Page, WindowRead, decode_page
from sources.accbooks.periods import months
from sources.accbooks.posting_months import posting_months
from sources.accbooks.reading import Reading
from sources.accbooks.records import TypedRecords
from sources.accbooks.windows import Window

MOST_PROBES = 40
"""Requests that may be spent on finding out in which months something is posted."""
A_FEW_MONTHS = 3
"""So far from the start of the books, or from today, are the ends of ordinary lists."""
YEARS_AT_A_TIME = 10


@dataclass(frozen=True)
class Probed:
    """Page one of a window of a list, and its records."""

    endpoint: Endpoint
    window: Window
    page: Page
    records: TypedRecords

    @property
    def is_whole(self) -> bool:
        """Tell whether the page holds all records of the window."""
        return self.page.total_pages <= 1

    @property
    def posted(self) -> set[dt.date]:
        """Return the first days of the months in which records of the page are posted."""
        return posting_months(self.endpoint.name, self.records)

    @property
    def months(self) -> list[dt.date]:
        """Return the first days of the months that the records of the page are dated in, in order."""
        days = {day for day in self.records.rows["date"].to_pylist() if day is not None}
        return sorted({day.replace(day=1) for day in days})


@dataclass(frozen=True)
class LikelyMonths:
    """First days of months: something is `posted` in some for certain, and in others it is `possible`."""

    posted: frozenset[dt.date]
    possible: frozenset[dt.date] = frozenset()


def probe(reading: Reading, endpoint: Endpoint, window: Window) -> Probed:
    """Ask for page one of a window; raises AccBooksError."""
    params: Params = {**window.params, "page": 1, "per_page": PER_PAGE}
    page = reading.client.get_as(decode_page, endpoint.path, params, permission=endpoint.permission)
    read = WindowRead(window, page.records, 1, 1, pendulum.now("UTC"))
    return Probed(endpoint, window, page, type_window(endpoint, reading.company_id, read))


def likely_months(reading: Reading, probes: Sequence[Probed], window: Window | None) -> LikelyMonths:
    """Return in which months the records of these lists, and of these days alone, are posted."""
    dated = [each for each in probes if each.endpoint.dated]
    posted = {month for each in dated for month in each.posted}
    longer = sorted((each for each in dated if not each.is_whole), key=lambda each: each.page.total_records)
    if not longer:
        return LikelyMonths(frozenset(posted))
    asked = window or Window()
    end = min(asked.end or reading.today, reading.today)
    start = asked.start or reading.likely_dates.start
    if start and all(looks_ordinary(each, start, end) for each in longer):
        return LikelyMonths(frozenset(posted), frozenset(_months_between(start, end) - posted))
    return _Explorer(reading, posted).explored(longer, asked, start or min(posted, default=end), end)


def looks_ordinary(probed: Probed, start: dt.date, end: dt.date) -> bool:
    """Tell whether page one of a longer list gives no reason to doubt that it fills its months.

    Its records are posted, follow each other closely, and begin with the books or end today.
    """
    found = probed.months
    if not found or set(found) - probed.posted:
        return False
    first, last = month_of(start).start, month_of(end).start
    steps = [_distance(before, after) for before, after in itertools.pairwise(found)]
    is_within = _distance(found[0], first) <= A_FEW_MONTHS and _distance(last, found[-1]) <= A_FEW_MONTHS
    reaches_an_end = _distance(first, found[0]) <= A_FEW_MONTHS or _distance(found[-1], last) <= A_FEW_MONTHS
    return is_within and reaches_an_end and all(step < A_FEW_MONTHS for step in steps)


class _Explorer:
    """Halves the dates of lists until page one of each part shows enough; for one plan."""

    def __init__(self, reading: Reading, posted: Iterable[dt.date]) -> None:
        self._reading = reading
        self._posted = set(posted)
        self._possible: set[dt.date] = set()
        self._left = MOST_PROBES

    def explored(self, longer: Sequence[Probed], asked: Window, start: dt.date, end: dt.date) -> LikelyMonths:
        first, last = pendulum.instance(start), pendulum.instance(end)
        parts = [
            Window(asked.start, first.subtract(days=1)),
            Window(last.add(days=1), asked.end),
            Window(first, last),
        ]
        for each in longer:
            waiting = deque(part for part in parts if _has_days(part))
            while waiting:
                waiting.extendleft(reversed(self._look(each.endpoint, waiting.popleft())))
        return LikelyMonths(frozenset(self._posted), frozenset(self._possible - self._posted))

    def _look(self, endpoint: Endpoint, window: Window) -> list[Window]:
        """Look at page one of a window; return the parts to look at next."""
        inside = _months_between(window.start, window.end) if window.start and window.end else None
        if inside is not None and inside <= self._posted:
            return []
        if self._left == 0:
            self._possible |= inside or set()
            return []
        self._left -= 1
        found = probe(self._reading, endpoint, window)
        self._posted |= found.posted
        if found.is_whole or (inside is not None and inside <= self._posted):
            return []
        if inside is not None and len(inside) == 1:
            self._possible |= inside
            return []
        return _halves(window)


def _halves(window: Window) -> list[Window]:
    """Return a window in two parts; an open end is cut ten years from the other."""
    if window.start is None and window.end is not None:
        middle = window.end.subtract(years=min(YEARS_AT_A_TIME, window.end.year - 1))
    elif window.start is not None and window.end is None:
        middle = window.start.add(years=min(YEARS_AT_A_TIME, dt.MAXYEAR - window.start.year))
    elif window.start is not None and window.end is not None:
        middle = window.start.add(days=(window.end - window.start).days // 2)
        middle = min(middle.end_of("month"), window.end.subtract(days=1))
    else:
        return []
    parts = [Window(window.start, middle), Window(middle.add(days=1), window.end)]
    return [part for part in parts if _has_days(part) and part != window]


def _has_days(window: Window) -> bool:
    return window.start is None or window.end is None or window.start <= window.end


def _months_between(start: dt.date, end: dt.date) -> set[dt.date]:
    return {month.start for month in months(start, end)}


def _distance(earlier: dt.date, later: dt.date) -> int:
    return 12 * (later.year - earlier.year) + later.month - earlier.month
