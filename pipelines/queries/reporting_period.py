"""The days that a report covers: the financial year to the last month that is over, and the year before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.days import A_DAY, Days
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.periods import financial_years, months

YEAR_TO_DATE, MONTH = "financial_year_to_date", "month"


@dataclass(frozen=True)
class Period:
    """The days that a report covers, up to a month-end, and the comparative days of the year before.

    `kind` is the period_type of profit_and_loss_comparative. `is_over` is false if the only month of the
    books is not over yet. `before` is None if the books' financial years do not have such days.
    """

    kind: str
    days: Days
    before: Days | None
    is_over: bool

    @property
    def as_at(self) -> dt.date:
        """Return the last day, a month-end."""
        return self.days.end

    @property
    def year_before(self) -> dt.date:
        """Return the month-end a year before, for balances, which exist only at month-ends."""
        return a_year_before(self.as_at)

    @property
    def charted_from(self) -> dt.date:
        """Return the first day that the charts show, which is in the year before if there is one."""
        return self.days.start if self.before is None else self.before.start


def a_year_before(month_end: dt.date) -> dt.date:
    """Return the month-end a year before another."""
    return pendulum.date(month_end.year - 1, month_end.month, 1).end_of("month")


def reporting_period(warehouse: Warehouse, company_id: str, today: dt.date) -> Period | None:
    """Return the period to report of a company: that of its months and financial years at that day."""
    held = months(warehouse, company_id)
    return period_of(held, financial_years(warehouse, company_id), today) if held else None


def period_of(held: Sequence[Days], financial_years: Sequence[Days], today: dt.date) -> Period | None:
    """Return the period to report: up to the last month that is over, or else the first month; None if none.

    Postings may be dated in the future, so the books may have later months. Months far from today are
    ignored, because a posting may be dated 0206 by mistake. A year to date begins on the day after the last
    year end, which may be any day of a month.
    """
    if not held:
        return None
    around = months_around(held, today)
    over = [month for month in around if month.end < today]
    month = over[-1] if over else around[0]
    years = [year for year in financial_years if year.start <= month.end]
    if not years:
        month_before = a_year_before(month.end)
        before = Days(month_before.replace(day=1), month_before)
        return Period(MONTH, month, before, is_over=bool(over))
    *earlier, year = years
    # months far from others are left out, so the previous year in the books may be centuries earlier
    before_year = earlier[-1] if earlier and earlier[-1].end == year.start - A_DAY else None
    days = Days(year.start, month.end)
    return Period(YEAR_TO_DATE, days, _before(before_year, month.end), is_over=bool(over))


def months_around(held: Sequence[Days], today: dt.date) -> list[Days]:
    """Return the unbroken run of months around today, or else the last one before it."""
    stretch: list[Days] = []
    for month in held:
        if stretch and stretch[-1].end + A_DAY != month.start:
            if month.start > today:
                break
            stretch = []
        stretch.append(month)
    return stretch


def _before(year: Days | None, as_at: dt.date) -> Days | None:
    """Return the days of the year before up to the same month-end, or to that year's end if it comes first.

    None if there is no such year, or if it had not begun by that month-end: a year that begins on 29 February
    has no day by the end of the February a year before.
    """
    if year is None:
        return None
    end = min(a_year_before(as_at), year.end)
    return Days(year.start, end) if year.start <= end else None
