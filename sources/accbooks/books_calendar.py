"""The periods that books are compared by: months with postings, and the empty stretches between them.

Only postings make a month. A stretch of months in which nothing was posted has the balances of its beginning:
the balances at its two ends and the profit and loss over it prove all of it, however long it is. So what has
to be fetched depends on the months with postings, and not on how far they lie apart. The SQL side of the same
rules is the model `months`.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pendulum

from .periods import Period, financial_years, months


@dataclass(frozen=True)
class Calendar:
    """The periods of a company's books, each list in order.

    `months` are those in which something was posted, and this one. `stretches` are the months between them,
    joined. `years` are the financial years that the months lie in, none where the year end is not known.
    """

    months: Sequence[Period]
    stretches: Sequence[Period]
    years: Sequence[Period]

    @cached_property
    def balance_dates(self) -> list[pendulum.Date]:
        """Return the days whose balances are compared: the ends of the months and of the stretches."""
        return sorted(period.end for period in (*self.months, *self.stretches))

    @cached_property
    def profit_periods(self) -> list[Period]:
        """Return the periods whose profit and loss is compared."""
        return sorted({*self.months, *self.stretches, *self.years})

    def closing_date_of(self, year: Period) -> pendulum.Date:
        """Return the last balance that belongs to a year: nothing is posted between it and the year's end."""
        until = month_of(year.end).end
        return max((date for date in self.balance_dates if date <= until), default=self.balance_dates[0])


def calendar_of_months(posting_months: Iterable[dt.date], today: dt.date, year_end: str | None) -> Calendar:
    """Return the periods of books with postings in these months, each given by any of its days.

    Books without any posting have this month alone, whose reports must be empty.
    """
    posted = {month_of(day) for day in posting_months}
    ordered = sorted({*posted, month_of(today)})
    years = {year for month in ordered for year in years_of(year_end, month)} if posted else set()
    return Calendar(ordered, empty_stretches(ordered), sorted(years))


def empty_stretches(ordered: Sequence[Period]) -> list[Period]:
    """Return what lies between months in order, as one period each."""
    return [
        Period(before.end.add(days=1), after.start.subtract(days=1))
        for before, after in itertools.pairwise(ordered)
        if before.end.add(days=1) < after.start
    ]


def years_of(year_end: str | None, month: Period) -> list[Period]:
    """Return the financial years that a month lies in: two, where a year ends in the middle of it.

    The first and the last year of the calendar are cut off where dates end.
    """
    years = financial_years(year_end, month.start, month.end)
    if month.end.year in (dt.MINYEAR, dt.MAXYEAR):
        years = sorted({*years, *_cut_off(year_end, month)})
    return years


def _cut_off(year_end: str | None, month: Period) -> list[Period]:
    """Return the part of a financial year that lies in the first or the last year there is."""
    first, last = month.start.replace(month=1, day=1), month.end.replace(month=12, day=31)
    whole = financial_years(year_end, first, last)
    if not whole:
        return []
    if month.end.year == dt.MINYEAR:
        part = Period(first, whole[0].start.subtract(days=1)) if whole[0].start > first else None
    else:
        part = Period(whole[-1].end.add(days=1), last) if whole[-1].end < last else None
    return [part] if part and part.start <= month.end and part.end >= month.start else []


def month_of(day: dt.date) -> Period:
    """Return the calendar month of a day."""
    return months(day, day)[0]
