"""The days a report covers: the financial year up to the last month that is over, and those a year before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.days import A_DAY, Days
from accbooks_warehouse.pipelines.destinations import Warehouse

YEAR_TO_DATE, MONTH = "financial_year_to_date", "month"


@dataclass(frozen=True)
class Period:
    """The days a report covers, up to a month-end, and the days of the year before that it sets beside them.

    `kind` is the period_type of profit_and_loss_comparative. `is_over` is false for books so young that
    their only month is not over yet; `before` is None where no such days are in the books' financial years.
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
        """Return the month-end a year before, for balances: no balance is held of any other day."""
        return a_year_before(self.as_at)

    @property
    def charted_from(self) -> dt.date:
        """Return the first day that charts show: the days of the year before as well."""
        return self.days.start if self.before is None else self.before.start


def a_year_before(month_end: dt.date) -> dt.date:
    """Return the month-end a year before another."""
    return pendulum.date(month_end.year - 1, month_end.month, 1).end_of("month")


def reporting_period(warehouse: Warehouse, company_id: str, today: dt.date) -> Period | None:
    """Return the period to report: up to the last month that is over, or else the first; None without any.

    The months of the books run on to the last posting, which may be dated in the future. Months that are far
    from those around today are not asked: a posting is dated 0206 by mistake. A year to date begins on the
    day after the last year end, whatever day of a month that is.
    """
    rows = warehouse.query(
        f"select month_start, month_end from {warehouse.models}.months where company_id = %s order by 1",
        company_id,
    )
    if not rows:
        return None
    around = months_around(rows, today)
    over = [(start, end) for start, end in around if end < today]
    month_start, as_at = over[-1] if over else around[0]
    years = [
        Days(start, end)
        for start, end in warehouse.query(
            f"select financial_year_start, financial_year_end from {warehouse.models}.financial_years "
            "where company_id = %s and is_year_end_known and financial_year_start <= %s "
            "order by financial_year_start desc",
            company_id,
            as_at,
        )
    ]
    if not years:
        month_before = a_year_before(as_at)
        before = Days(month_before.replace(day=1), month_before)
        return Period(MONTH, Days(month_start, as_at), before, is_over=bool(over))
    year, *earlier = years
    # months far from all others are left out, so the year before in the books may be centuries before
    before_year = earlier[0] if earlier and earlier[0].end == year.start - A_DAY else None
    return Period(YEAR_TO_DATE, Days(year.start, as_at), _before(before_year, as_at), is_over=bool(over))


def months_around(months: Sequence[tuple[dt.date, dt.date]], today: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Return those of months in order that follow one another around today, or else before it."""
    stretch: list[tuple[dt.date, dt.date]] = []
    for start, end in months:
        if stretch and stretch[-1][1] + A_DAY != start:
            if start > today:
                break
            stretch = []
        stretch.append((start, end))
    return stretch


def _before(year: Days | None, as_at: dt.date) -> Days | None:
    """Return the days of the year before up to the same month-end, or to that year's end if it comes first.

    None where there is no such year, and where it had not begun: a year that ends on 28 February and begins
    on the 29th has no day of which the one before could be the counterpart.
    """
    if year is None:
        return None
    end = min(a_year_before(as_at), year.end)
    return Days(year.start, end) if year.start <= end else None
