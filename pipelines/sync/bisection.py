"""Find the days in which two books began to differ, by comparing trial balances at chosen dates.

A difference at one date also appears at every later date. At a year end, the difference of profit-and-loss
accounts moves into retained earnings, as their balances do. If the difference at the end of a span is more
than the one carried over from its beginning, something in the span differs. The search halves such spans.
It needs roughly k x log2(months) trial balances to find k differences.
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
    """How a difference carries over a year end.

    `earning` are the profit-and-loss accounts, `retained` is the account that takes their profit.
    """

    earning: frozenset[str]
    retained: str
    year_ends: Sequence[dt.date]

    def carried(self, difference: Amounts, after: dt.date | None, until: dt.date) -> Amounts:
        """Return what a difference at `after` becomes at `until` if nothing between them differs."""
        if after is None or not any(after <= end < until for end in self.year_ends):
            return nonzero(difference)
        moved = sum((difference[code] for code in difference if code in self.earning), Decimal(0))
        kept = {code: amount for code, amount in difference.items() if code not in self.earning}
        return nonzero({**kept, self.retained: kept.get(self.retained, Decimal(0)) + moved})


@dataclass(frozen=True)
class Span:
    """Days in which a difference arose: those after `after` (None: no limit), up to and including `until`.

    `nominals` are the accounts that differ.
    """

    after: dt.date | None
    until: dt.date
    nominals: frozenset[str]

    @property
    def days(self) -> tuple[dt.date | None, dt.date]:
        """Return the first and the last day."""
        return (None if self.after is None else self.after + A_DAY), self.until


class Bisection:
    """Finds the spans in which differences arose.

    `differences_at` returns the differences between the books at some dates; it may raise to end the search.
    `pages` returns how many pages it takes to read the lists that probably explain a span's difference.
    `beginning` is the first day to search in a span without a first day.
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
        """Yield the spans in which differences arose, the earliest first.

        `dates` are days at which the books can be compared.
        """
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
        came_about = subtracted(difference, self._accounts.carried(before, after, until))
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
        """Return the month-end nearest to the middle, or the middle day; None for a single day."""
        first = after or min(self._beginning - A_DAY, until)
        if (until - first).days < 2:  # noqa: PLR2004 - the days that can be parted
            return None
        middle = first + (until - first) // 2
        ends = [end for end in (_month_end_before(middle), _month_end(middle)) if first < end < until]
        return min(ends, key=lambda end: abs(end - middle), default=middle)


def nonzero(amounts: Amounts) -> Amounts:
    """Return the amounts that are not zero."""
    return {code: amount for code, amount in amounts.items() if amount}


def subtracted(one: Amounts, other: Amounts) -> Amounts:
    """Return one less the other, by account, without zeros."""
    codes = {**one, **other}
    return nonzero({code: one.get(code, Decimal(0)) - other.get(code, Decimal(0)) for code in codes})


def windows_of(spans: Iterable[Span]) -> list[Window]:
    """Return the windows to read; adjacent ones are joined."""
    bounds = [span.days for span in spans]
    return joined(
        Window(None if first is None else pendulum.instance(first), pendulum.instance(last))
        for first, last in bounds
    )


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - A_DAY


def _month_end_before(day: dt.date) -> dt.date:
    return day.replace(day=1) - A_DAY
