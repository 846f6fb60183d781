"""The days that a report covers: the month and the financial year up to a day, and the same a year before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.days import A_DAY, Days, is_month_end
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.periods import financial_years, months
from accbooks_warehouse.sources.accbooks import ConfigurationError

YEAR_TO_DATE, MONTH = "financial_year_to_date", "month"


@dataclass(frozen=True)
class Period:
    """The days that a report covers, and the comparative days of the year before.

    `days` are the financial year to date, or the month to date where nobody knows when years end; `kind` says
    which, as period_type of profit_and_loss_comparative does. `is_over` is false if the last day is not over
    yet. `before` is None if the books' financial years do not have such days.
    """

    kind: str
    days: Days
    before: Days | None
    is_over: bool

    @property
    def as_at(self) -> dt.date:
        """Return the last day."""
        return self.days.end

    @property
    def year_before(self) -> dt.date:
        """Return the same day a year before, for balances."""
        return a_year_before(self.as_at)

    @property
    def month(self) -> Days:
        """Return the month of the last day, up to that day; where a year began within it, from that day on.

        So the month is never longer than the year to date, and the months of a year add up to it.
        """
        return Days(max(self.calendar_month.start, self.days.start), self.as_at)

    @property
    def calendar_month(self) -> Days:
        """Return the calendar month of the last day, up to that day."""
        return Days(self.as_at.replace(day=1), self.as_at)

    @property
    def month_before(self) -> Days:
        """Return the same month a year before, up to the same day and from the same day of its year on."""
        first = self.year_before.replace(day=1)
        if self.month == self.calendar_month:
            return Days(first, self.year_before)
        began = self.before.start if self.before else a_year_before(self.days.start)
        return Days(max(first, began), self.year_before)

    @property
    def charted_from(self) -> dt.date:
        """Return the first day that the charts show, which is in the year before if there is one."""
        return self.days.start if self.before is None else self.before.start


def a_year_before(day: dt.date) -> dt.date:
    """Return the same day a year before: a month-end for a month-end, 28 February for the 29th."""
    first = pendulum.date(day.year - 1, day.month, 1)
    last = first.end_of("month")
    return last if is_month_end(day) else min(last, first.add(days=day.day - 1))


def reporting_period(
    warehouse: Warehouse, company_id: str, today: dt.date, as_at: dt.date | None = None
) -> Period | None:
    """Return the period to report of a company: that of its months and financial years at that day."""
    all_months = months(warehouse, company_id)
    return period_of(all_months, financial_years(warehouse, company_id), today, as_at) if all_months else None


def period_of(
    all_months: Sequence[Days], financial_years: Sequence[Days], today: dt.date, as_at: dt.date | None = None
) -> Period | None:
    """Return the period to report: up to `as_at`, or else to the last month that is over, or the first month.

    None if the books have no month by then. Raises ConfigurationError if they end before `as_at`.

    Postings may be dated in the future, so the books may have later months. Months far from today are
    ignored, because a posting may be dated 0206 by mistake. A year to date begins on the day after the last
    year end, which may be any day of a month.
    """
    if not all_months:
        return None
    if as_at is None:
        around = months_around(all_months, today)
        over = [month for month in around if month.end < today]
        month = over[-1] if over else around[0]
    else:
        asked = month_to(all_months, as_at)
        if asked is None:
            return None
        month = asked
    years = [year for year in financial_years if year.start <= month.end]
    if not years:
        month_before = a_year_before(month.end)
        before = Days(month_before.replace(day=1), month_before)
        return Period(MONTH, month, before, is_over=month.end < today)
    *earlier, year = years
    # months far from others are left out, so the previous year in the books may be centuries earlier
    before_year = earlier[-1] if earlier and earlier[-1].end == year.start - A_DAY else None
    days = Days(year.start, month.end)
    return Period(YEAR_TO_DATE, days, _before(before_year, month.end), is_over=month.end < today)


def month_to(all_months: Sequence[Days], as_at: dt.date) -> Days | None:
    """Return the month of a day up to it; None if the books begin later.

    Raises ConfigurationError if the books do not reach that day.
    """
    if as_at < all_months[0].start:
        return None
    month = next((each for each in all_months if each.start <= as_at <= each.end), None)
    if month is None:
        last = max(each.end for each in all_months if each.end < as_at)
        raise ConfigurationError(
            f"--as-at {as_at} is a day that the books do not reach: their months end on {last}. "
            "Choose an earlier day."
        )
    return Days(month.start, as_at)


def months_around(all_months: Sequence[Days], today: dt.date) -> list[Days]:
    """Return the unbroken run of months around today, or else the last one before it."""
    stretch: list[Days] = []
    for month in all_months:
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
