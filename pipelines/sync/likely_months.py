"""In which months something is probably posted, found out for few requests before anything is loaded.

Page one of a window shows up to a hundred records and says how many there are in all. Where that is all of
them, the months are known. Longer lists are looked at part by part: their dates are halved, and the count of
one half tells that of the other. Nothing is assumed of the order in which AccBooks lists records.
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
"""So far are dates looked at beyond the ordinary ones while none of their records was seen."""
MOST_MONTHS = 100 * 12
"""No more months than this, and than there are records not seen, are in doubt in one part."""
FEW_PAGES = 16
"""Records that fit so few pages may all be seen; of more, days here and there are looked at."""
ORDINARY = 0.5
"""Days not looked at are ordinary if they hold so many times the records of those that were."""


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


@dataclass(frozen=True)
class Part:
    """Days of a list that holds so many `records` there, of which those of these ids and dates were `seen`.

    The records of days beside those looked at follow from these; where there are days on two sides, each may
    hold all that is left.
    """

    endpoint: Endpoint
    window: Window
    records: int
    seen: frozenset[tuple[str, dt.date]]

    @classmethod
    def of(cls, probed: Probed, seen: Iterable[tuple[str, dt.date]] = ()) -> Part:
        """Return the part of a page, with what was `seen` of its days before."""
        rows = probed.records.rows
        found: Any = zip(rows["id"].to_pylist(), rows["date"].to_pylist(), strict=True)
        rejected = [(row["id"], row["date"]) for row in probed.records.rejected if row["date"] is not None]
        records = probed.page.total_records
        return cls(probed.endpoint, probed.window, records, frozenset({*seen, *found, *rejected}))

    @property
    def unseen(self) -> int:
        """Return how many of the records were not seen."""
        return max(0, self.records - len(self.seen))

    @property
    def is_open(self) -> bool:
        """Tell whether an end is open."""
        return self.window.start is None or self.window.end is None

    @cached_property
    def months(self) -> list[pendulum.Date]:
        """Return the first days of the months of the part; an open end is where the last record was seen."""
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
        """Return the records seen of these days."""
        return frozenset((each, day) for each, day in self.seen if pendulum.instance(day) in window)


@dataclass(frozen=True)
class Seen:
    """What pages showed of some lists, each month given by its first day.

    Something is `posted` in some months for certain, and `changed` since it was loaded in some. The `parts`
    hold records that no page showed. `proved` are months whose reports are held, so that they are fetched
    again only for a change.
    """

    posted: frozenset[dt.date]
    changed: frozenset[dt.date]
    proved: frozenset[dt.date]
    parts: tuple[Part, ...]

    @property
    def doubted(self) -> frozenset[dt.date]:
        """Return the months of which the pages do not tell whether something is posted, or changed."""
        return frozenset(month for part in self.parts for month in self.doubted_in(part))

    @property
    def unbounded(self) -> list[str]:
        """Return the lists of which it is not known how far their dates go."""
        return sorted({part.endpoint.name for part in self.parts if part.is_open})

    @property
    def lists(self) -> list[str]:
        """Return the lists of which some records were not seen, and matter."""
        return [*dict.fromkeys(part.endpoint.name for part in self.parts if self.doubted_in(part))]

    @property
    def looks_ordinary(self) -> bool:
        """Tell whether the parts not seen are filled about as the pages are: with postings in each month."""
        return all(self._is_ordinary(part) for part in self.parts if self.doubted_in(part))

    def _is_ordinary(self, part: Part) -> bool:
        same = [each for each in self.parts if each.endpoint == part.endpoint]
        dates = [day.replace(day=1) for each in same for _, day in each.seen]
        if not dates or part.is_open:
            return False
        rate = len(dates) / len({*dates})
        return {*dates} <= self.posted and part.unseen >= ORDINARY * rate * len(self.doubted_in(part))

    def doubted_in(self, part: Part) -> list[pendulum.Date]:
        """Return the months of a part that its records not seen may matter to, in order."""
        settled = self.posted - (self.proved - self.changed)
        return [month for month in part.months if month not in settled]

    def next_part(self) -> Part | None:
        """Return the part to look at next: an open end, or else where fewest records fill most months.

        There a page shows most. None if no part leaves a doubt.
        """
        return max((part for part in self.parts if self._weight(part)), key=self._weight, default=None)

    def _weight(self, part: Part) -> float:
        days = part.window.days
        if days[0] == days[1] and part.records > PER_PAGE:
            return 0
        return math.inf if part.is_open else len(self.doubted_in(part)) ** 2 / part.unseen


def probe(books: Books, endpoint: Endpoint, window: Window) -> Probed:
    """Ask for page one of a window; raises AccBooksError."""
    params: Params = {**window.params, "page": 1, "per_page": PER_PAGE}
    page = books.client.get_as(decode_page, endpoint.path, params, permission=endpoint.permission)
    read = WindowRead(window, page.records, 1, 1, pendulum.now("UTC"))
    return Probed(endpoint, window, page, type_window(endpoint, books.company_id, read))


@dataclass(frozen=True)
class Explorer:
    """Looks at parts of lists until enough is seen.

    `changes` tells of a page in which months its records changed since they were loaded. `is_enough` tells
    when to stop: but for open ends, which are looked at in any case. No more than `most` requests are made.
    """

    books: Books
    changes: Callable[[Probed], set[dt.date]]
    is_enough: Callable[[Seen], bool]
    most: int

    def explored(
        self, probes: Sequence[Probed], posted: Iterable[dt.date], proved: Iterable[dt.date]
    ) -> Seen:
        """Return what is seen of dated lists whose windows were probed; `posted` is known already."""
        seen = Seen(frozenset(posted), frozenset(), frozenset(proved), ())
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
        """Look at one window of a part; what is left of its records is in the others, if anything is."""
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
        is_whole = probed is not None and probed.is_whole
        return seen if is_whole or not part.unseen else replace(seen, parts=(*seen.parts, part))

    def _windows(self, seen: Seen, part: Part) -> list[Window]:
        """Return the windows to look at instead of a part, the least known first."""
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
    """Return a window's likely days, those after and those before them; nothing if it has none of both."""
    starts = [each for each in (window.start, likely.start) if each]
    ends = [each for each in (window.end, likely.end) if each]
    first, last = max(starts), min(ends)
    if first > last:
        return []
    parts = [Window(first, last), *_after(last, window.end), *_before(first, window.start)]
    return parts if len(parts) > 1 else []


def _beyond(part: Part) -> list[Window]:
    """Return the days of an open part beyond all records seen, or some years if none was, and the others."""
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
    """Return days with months in doubt that are worth a look, and the days beside them.

    They are as many months as fit a page, or more where no record of theirs was seen: perhaps they have none.
    Where the records not seen are many, they are half of those in doubt.
    """
    shown = {month_of(day).start for _, day in part.seen}
    blank = _longest_run([month for month in doubted if month not in shown])
    run = _longest_run(doubted)
    fit_a_page = max(1, round(len(part.months) * PER_PAGE / part.records))
    if len(blank) > fit_a_page:
        # the months beside them may be shown in part
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
    """Return the days before one, from `start` on, if there are any."""
    if day == dt.date.min:
        return []
    return [each for each in (Window(start, day.subtract(days=1)),) if _has_days(each)]


def _after(day: pendulum.Date, end: pendulum.Date | None) -> list[Window]:
    """Return the days after one, up to `end`, if there are any."""
    if day == dt.date.max:
        return []
    return [each for each in (Window(day.add(days=1), end),) if _has_days(each)]


def _has_days(window: Window) -> bool:
    return window.start is None or window.end is None or window.start <= window.end
