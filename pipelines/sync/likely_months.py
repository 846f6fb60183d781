"""Estimate the months with postings in few requests, before anything is loaded.

Page one of a window shows up to a hundred records and the number of all its records. If these are all, the
months are known. Longer lists are split by date: the number of records in one part gives the number in the
other. This works in whatever order AccBooks lists records.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pendulum
from accbooks_warehouse.pipelines.days import A_DAY
from accbooks_warehouse.sources.accbooks import (
    PER_PAGE,
    Books,
    Endpoint,
    LimitReachedError,
    Page,
    Params,
    TypedRecords,
    Window,
    WindowRead,
    decode_page,
    month_of,
    months,
    posting_months,
    type_window,
)

YEARS_AT_A_TIME = 10
"""The years to search at a time, outside the likely dates, while no record there was seen."""
MOST_MONTHS = 100 * 12
"""The most months in doubt in one part, unless it has more records that were not seen."""
FEW_PAGES = 16
"""Parts of at most this many pages are searched month by month; larger ones are halved."""
ORDINARY = 0.5
"""Months not seen look ordinary if they have at least this share of the records per month of those seen."""


@dataclass(frozen=True)
class Probed:
    """Page one of a window, and its typed records."""

    endpoint: Endpoint
    window: Window
    page: Page
    records: TypedRecords

    @property
    def has_all_records(self) -> bool:
        """Tell whether the page has all records of the window."""
        return self.page.total_pages <= 1

    @property
    def posted(self) -> set[dt.date]:
        """Return the first days of the months that the page's records post in."""
        return posting_months(self.endpoint.name, self.records)


@dataclass(frozen=True)
class Part:
    """A window of a list with at most `records` records, of which `seen` gives the ids and dates seen.

    When a part is split, the number of records in the remaining days follows from the probed ones. If days
    remain on both sides, either side may have all the remaining records.
    """

    endpoint: Endpoint
    window: Window
    records: int
    seen: frozenset[tuple[str, dt.date]]

    @classmethod
    def of(cls, probed: Probed, seen: Iterable[tuple[str, dt.date]] = ()) -> Part:
        """Return the part that a page covers; `seen` are its records seen before."""
        rows = probed.records.rows
        found: Any = zip(rows["id"].to_pylist(), rows["date"].to_pylist(), strict=True)
        rejected = [(row["id"], row["date"]) for row in probed.records.rejected if row["date"] is not None]
        records = probed.page.total_records
        return cls(probed.endpoint, probed.window, records, frozenset({*seen, *found, *rejected}))

    @property
    def unseen(self) -> int:
        """Return how many records were not seen."""
        return max(0, self.records - len(self.seen))

    @property
    def is_open(self) -> bool:
        """Tell whether the window has no first or no last day."""
        return self.window.start is None or self.window.end is None

    @cached_property
    def months(self) -> list[pendulum.Date]:
        """Return the first days of the part's months; an open end stops at the outermost record seen."""
        days = [day for _, day in self.seen]
        start = self.window.start or min(days, default=self.window.end)
        end = self.window.end or max(days, default=self.window.start)
        if start is None or end is None:
            return []
        furthest = pendulum.instance(start).start_of("month")
        most = max(self.unseen, MOST_MONTHS)
        if dt.MAXYEAR - furthest.year > most // 12 + 1:
            end = min(end, furthest.add(months=most - 1).end_of("month"))
        return [month.start for month in months(start, end)]

    def within(self, window: Window) -> frozenset[tuple[str, dt.date]]:
        """Return the records seen in a window."""
        return frozenset((each, day) for each, day in self.seen if pendulum.instance(day) in window)


@dataclass(frozen=True)
class Seen:
    """What the pages so far show; each month is given by its first day.

    `posted` are months that certainly have postings, `changed` those with records that changed since they
    were loaded. `parts` are windows with records that no page showed. `compared` are months whose reports
    were fetched before: a sync fetches them again only after a change.
    """

    posted: frozenset[dt.date]
    changed: frozenset[dt.date]
    compared: frozenset[dt.date]
    parts: tuple[Part, ...]

    @property
    def doubted(self) -> frozenset[dt.date]:
        """Return the months that may or may not have postings, or changes."""
        return frozenset(month for part in self.parts for month in self.doubted_in(part))

    @property
    def unbounded(self) -> list[str]:
        """Return the lists whose first or last date is not known."""
        return sorted({part.endpoint.name for part in self.parts if part.is_open})

    @property
    def lists(self) -> list[str]:
        """Return the lists whose unseen records leave months in doubt."""
        return [*dict.fromkeys(part.endpoint.name for part in self.parts if self.doubted_in(part))]

    @property
    def looks_ordinary(self) -> bool:
        """Tell whether the unseen parts probably have postings in each month, as the seen ones do."""
        return all(self._is_ordinary(part) for part in self.parts if self.doubted_in(part))

    def _is_ordinary(self, part: Part) -> bool:
        same = [each for each in self.parts if each.endpoint == part.endpoint]
        dates = [day.replace(day=1) for each in same for _, day in each.seen]
        if not dates or part.is_open:
            return False
        rate = len(dates) / len({*dates})
        return {*dates} <= self.posted and part.unseen >= ORDINARY * rate * len(self.doubted_in(part))

    def doubted_in(self, part: Part) -> list[pendulum.Date]:
        """Return the months of a part, in order, in which its unseen records may matter."""
        settled = self.posted - (self.compared - self.changed)
        return [month for month in part.months if month not in settled]

    def next_part(self) -> Part | None:
        """Return the part to probe next: one with an open end, or else the one where a page shows most.

        That is where the fewest records cover the most months in doubt. None if no month is in doubt.
        """
        return max((part for part in self.parts if self._weight(part)), key=self._weight, default=None)

    def _weight(self, part: Part) -> float:
        days = part.window.days
        if days[0] == days[1] and part.records > PER_PAGE:
            return 0
        return math.inf if part.is_open else len(self.doubted_in(part)) ** 2 / part.unseen


def probe(books: Books, endpoint: Endpoint, window: Window) -> Probed:
    """Fetch page one of a window; raises AccBooksError."""
    params: Params = {**window.params, "page": 1, "per_page": PER_PAGE}
    page = books.client.get_as(decode_page, endpoint.path, params, permission=endpoint.permission)
    read = WindowRead(window, page.records, 1, 1, pendulum.now("UTC"))
    return Probed(endpoint, window, page, type_window(endpoint, books.company_id, read))


@dataclass(frozen=True)
class Explorer:
    """Probes parts of lists until enough is known.

    `changes` returns the months in which a page's records changed since they were loaded. `is_enough` tells
    when to stop; open ends are always probed. It makes at most `most` requests.
    """

    books: Books
    changes: Callable[[Probed], set[dt.date]]
    is_enough: Callable[[Seen], bool]
    most: int

    def explored(
        self, probes: Sequence[Probed], posted: Iterable[dt.date], compared: Iterable[dt.date]
    ) -> Seen:
        """Return what is seen of dated lists; `probes` are the first pages, `posted` known months."""
        seen = Seen(frozenset(posted), frozenset(), frozenset(compared), ())
        for probed in probes:
            seen = self._with(seen, Part.of(probed), probed)
        left = self.most - self.books.budget.requests
        while left > 0 and (part := seen.next_part()) and (part.is_open or not self.is_enough(seen)):
            before = self.books.budget.requests
            try:
                seen = self._looked_at(seen, part)
            except LimitReachedError:
                return seen
            left -= max(1, self.books.budget.requests - before)
        return seen

    def _looked_at(self, seen: Seen, part: Part) -> Seen:
        """Probe one window of a part; the remaining records are in its other windows."""
        rest = replace(seen, parts=tuple(each for each in seen.parts if each is not part))
        first, *others = self._windows(seen, part)
        probed = probe(self.books, part.endpoint, first)
        looked_at = Part.of(probed, part.within(first))
        rest = self._with(rest, looked_at, probed)
        unseen = part.unseen - (probed.page.total_records - len(part.within(first)))
        for window in others if unseen > 0 else ():
            known = part.within(window)
            rest = self._with(rest, Part(part.endpoint, window, len(known) + unseen, known))
        return rest

    def _with(self, seen: Seen, part: Part, probed: Probed | None = None) -> Seen:
        if probed is not None:
            posted, changed = seen.posted | probed.posted, seen.changed | self.changes(probed)
            seen = replace(seen, posted=posted, changed=changed)
        has_all_records = probed is not None and probed.has_all_records
        return seen if has_all_records or not part.unseen else replace(seen, parts=(*seen.parts, part))

    def _windows(self, seen: Seen, part: Part) -> list[Window]:
        """Return the windows that a part is split into, the one to probe first."""
        if part.records <= PER_PAGE or (part.is_open and not part.seen):
            return [part.window]
        start, end = part.window.start, part.window.end
        if start is None or end is None:
            return _around(part.window, self._likely(seen)) or _beyond(part)
        return _pieces(part, start, end, seen.doubted_in(part))

    def _likely(self, seen: Seen) -> Window:
        today = self.books.today
        first = min(seen.posted, default=today)
        return Window(self.books.likely_dates.start or pendulum.instance(min(first, today)), today)


def _around(window: Window, likely: Window) -> list[Window]:
    """Split a window into its likely days and those after and before; empty if there is nothing to split."""
    starts = [each for each in (window.start, likely.start) if each]
    ends = [each for each in (window.end, likely.end) if each]
    first, last = max(starts), min(ends)
    if first > last:
        return []
    parts = [Window(first, last), *_after(last, window.end), *_before(first, window.start)]
    return parts if len(parts) > 1 else []


def _beyond(part: Part) -> list[Window]:
    """Split an open part: first the days beyond the records seen (or some years), then the rest."""
    days = [pendulum.instance(day) for _, day in part.seen]
    start, end = part.window.start, part.window.end
    if end is None and days and max(days).year < dt.MAXYEAR:
        last = max(days).end_of("month")
        return [Window(last.add(days=1)), Window(start, last)]
    if start is None and days and min(days).year > dt.MINYEAR:
        first = min(days).start_of("month")
        return [Window(None, first.subtract(days=1)), Window(first, end)]
    if start is not None and start.year <= dt.MAXYEAR - YEARS_AT_A_TIME:
        last = start.add(years=YEARS_AT_A_TIME)
        return [Window(start, last), Window(last.add(days=1), end)]
    if end is not None and end.year >= dt.MINYEAR + YEARS_AT_A_TIME:
        first = end.subtract(years=YEARS_AT_A_TIME)
        return [Window(first, end), Window(start, first.subtract(days=1))]
    return [Window(start or pendulum.date(dt.MINYEAR, 1, 1), end or pendulum.date(dt.MAXYEAR, 12, 31))]


def _pieces(
    part: Part, start: pendulum.Date, end: pendulum.Date, doubted: Sequence[pendulum.Date]
) -> list[Window]:
    """Split a part: first the months in doubt to probe, then the days before and after them.

    The first window has as many months as fit on a page. It has more if no record in these months was seen:
    there may be none. If many records are unseen, it is half of the months in doubt.
    """
    shown = {month_of(day).start for _, day in part.seen}
    blank = _longest_run([month for month in doubted if month not in shown])
    run = _longest_run(doubted)
    fit_a_page = max(1, round(len(part.months) * PER_PAGE / part.records))
    if len(blank) > fit_a_page:
        # pages may show only a part of the months next to them
        run = [each for each in doubted if _adjoins(each, blank)]
    elif part.unseen <= FEW_PAGES * PER_PAGE:
        run = run[:fit_a_page]
    if part.unseen > FEW_PAGES * PER_PAGE:
        run = run[len(run) // 2 :]
    first, last = max(run[0], start), min(month_of(run[-1]).end, end)
    if (first, last) == (start, end):
        last = start.add(days=((end - start).days - 1) // 2)
    return [Window(first, last), *_before(first, start), *_after(last, end)]


def _longest_run(ordered: Sequence[pendulum.Date]) -> list[pendulum.Date]:
    runs: list[list[pendulum.Date]] = [[]]
    for month in ordered:
        if runs[-1] and month_of(runs[-1][-1]).end + A_DAY != month:
            runs.append([])
        runs[-1].append(month)
    return max(runs, key=len)


def _adjoins(month: pendulum.Date, run: Sequence[pendulum.Date]) -> bool:
    return run[0].subtract(months=1) <= month <= month_of(run[-1]).end.add(days=1)


def _before(day: pendulum.Date, start: pendulum.Date | None) -> list[Window]:
    """Return the window from `start` to the day before `day`, if it has days."""
    if day == dt.date.min:
        return []
    return [each for each in (Window(start, day.subtract(days=1)),) if _has_days(each)]


def _after(day: pendulum.Date, end: pendulum.Date | None) -> list[Window]:
    """Return the window from the day after `day` to `end`, if it has days."""
    if day == dt.date.max:
        return []
    return [each for each in (Window(day.add(days=1), end),) if _has_days(each)]


def _has_days(window: Window) -> bool:
    return window.start is None or window.end is None or window.start <= window.end
