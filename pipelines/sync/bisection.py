"""Where two books began to differ: a search over the dates of their trial balances.

What a trial balance differs by at a date runs on to every later one, but for profit-and-loss accounts: at a
year end their difference moves into retained earnings, as the accounts themselves do. So days in which
nothing differs carry a difference on as it was, and halving those that do not finds the days in which one
came about, for k of them in about k x log2(months) trial balances.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pendulum
from accbooks_warehouse.pipelines.days import A_DAY
from accbooks_warehouse.sources.accbooks import Window, joined

Amounts = Mapping[str, Decimal]
"""Debit less credit by nominal account; an account at zero may be absent."""

CHEAP_PAGES = 5
"""Days whose records fit so few pages are read: half of them would cost a trial balance, and save a page."""


@dataclass(frozen=True)
class Accounts:
    """How a difference runs on past a year end: profit-and-loss accounts, and where their profit goes."""

    earning: frozenset[str]
    retained: str
    year_ends: Sequence[dt.date]

    def carried(self, difference: Amounts, after: dt.date | None, until: dt.date) -> Amounts:
        """Return what a difference at `after` has become by `until` if nothing else differs."""
        if after is None or not any(after <= end < until for end in self.year_ends):
            return nonzero(difference)
        moved = sum((difference[code] for code in difference if code in self.earning), Decimal(0))
        kept = {code: amount for code, amount in difference.items() if code not in self.earning}
        return nonzero({**kept, self.retained: kept.get(self.retained, Decimal(0)) + moved})


@dataclass(frozen=True)
class Span:
    """The days after `after`, which None leaves open, up to `until`: a difference came about in them.

    `nominals` are the accounts it touches.
    """

    after: dt.date | None
    until: dt.date
    nominals: frozenset[str]

    @property
    def days(self) -> tuple[dt.date | None, dt.date]:
        """Return the first and the last day."""
        return (None if self.after is None else self.after + A_DAY), self.until


class Bisection:
    """Finds the spans in which a difference came about.

    `differences_at` returns what the books differ by at dates, and may raise to end the search; `pages` how
    many pages it takes to read what probably holds a span's difference. `beginning` is where to begin to
    halve what has no beginning.
    """

    def __init__(
        self,
        differences_at: Callable[[Sequence[dt.date]], Mapping[dt.date, Amounts]],
        accounts: Accounts,
        pages: Callable[[Span], int],
        beginning: dt.date,
    ) -> None:
        self._differences_at = differences_at
        self._accounts = accounts
        self._pages = pages
        self._beginning = beginning

    def spans(self, dates: Iterable[dt.date]) -> Iterator[Span]:
        """Yield the spans between dates at which the books can be compared, earliest first."""
        ordered = sorted(set(dates))
        known = self._differences_at(ordered)
        after: dt.date | None = None
        before: Amounts = {}
        for until in ordered:
            yield from self._within(after, before, until, known[until])
            after, before = until, known[until]

    def _within(
        self, after: dt.date | None, before: Amounts, until: dt.date, difference: Amounts
    ) -> Iterator[Span]:
        came_about = less(difference, self._accounts.carried(before, after, until))
        if not came_about:
            return
        span = Span(after, until, frozenset(came_about))
        middle = None if self._pages(span) <= CHEAP_PAGES else self._middle(after, until)
        if middle is None:
            yield span
            return
        between = self._differences_at([middle])[middle]
        yield from self._within(after, before, middle, between)
        yield from self._within(middle, between, until, difference)

    def _middle(self, after: dt.date | None, until: dt.date) -> dt.date | None:
        """Return the month-end nearest to the middle, within a month the day; None for a single day."""
        first = after or min(self._beginning - A_DAY, until)
        if (until - first).days < 2:  # noqa: PLR2004 - the days that can be parted
            return None
        middle = first + (until - first) // 2
        ends = [end for end in (_month_end_before(middle), _month_end(middle)) if first < end < until]
        return min(ends, key=lambda end: abs(end - middle), default=middle)


def nonzero(amounts: Amounts) -> Amounts:
    """Return the amounts that are not zero."""
    return {code: amount for code, amount in amounts.items() if amount}


def less(one: Amounts, other: Amounts) -> Amounts:
    """Return one less the other, by account, without zeros."""
    codes = {**one, **other}
    return nonzero({code: one.get(code, Decimal(0)) - other.get(code, Decimal(0)) for code in codes})


def windows_of(spans: Iterable[Span]) -> list[Window]:
    """Return the windows to read, neighbours joined."""
    bounds = [span.days for span in spans]
    return joined(
        Window(None if first is None else pendulum.instance(first), pendulum.instance(last))
        for first, last in bounds
    )


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - A_DAY


def _month_end_before(day: dt.date) -> dt.date:
    return day.replace(day=1) - A_DAY
