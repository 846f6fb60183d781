"""What a report covers: the financial year up to the last month that is over, and the same months before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pendulum

from pipelines.destinations import Warehouse

YEAR_TO_DATE, MONTH = "financial_year_to_date", "month"
HALF_A_MONTH = dt.timedelta(days=14)


@dataclass(frozen=True)
class Period:
    """The time from `start` to `as_at`, a month-end, in a financial year whose end may not be known.

    `kind` is the period_type of profit_and_loss_comparative; `is_over` is false for books so young that
    their only month is not over yet.
    """

    kind: str
    start: dt.date
    as_at: dt.date
    is_over: bool

    @property
    def year_before(self) -> dt.date:
        """Return the month-end a year before `as_at`."""
        return pendulum.date(self.as_at.year - 1, self.as_at.month, 1).end_of("month")

    @property
    def first_month(self) -> dt.date:
        """Return the first day of the first month that lies in it for the most part, as the models have it.

        A year from 29 February on begins with March: with February it would have 13 months.
        """
        return min(self.start + HALF_A_MONTH, self.as_at).replace(day=1)

    @property
    def first_month_before(self) -> dt.date:
        """Return the first day of that month a year before."""
        return self.first_month.replace(year=self.first_month.year - 1)

    @property
    def charted_from(self) -> dt.date:
        """Return the first day of the months that charts show: those of the year before as well."""
        return self.first_month_before

    @property
    def months(self) -> int:
        """Return how many months it has."""
        return months_between(self.first_month, self.as_at) + 1


def months_between(start: dt.date, end: dt.date) -> int:
    """Return how many months one date's month lies after another's."""
    return (end.year - start.year) * 12 + end.month - start.month


def reporting_period(warehouse: Warehouse, company_id: str, today: dt.date) -> Period | None:
    """Return the period to report: up to the last month that is over, or else the first; None without any.

    The months of the books run on to the last posting, which may be dated in the future.
    """
    rows = warehouse.query(
        f"select month_start, month_end from {warehouse.models}.months where company_id = %s order by 1",
        company_id,
    )
    if not rows:
        return None
    over = [(start, end) for start, end in rows if end < today]
    month_start, as_at = over[-1] if over else rows[0]
    years = warehouse.query(
        f"select financial_year_start from {warehouse.models}.financial_years "
        "where company_id = %s and is_year_end_known and financial_year_start <= %s "
        "and financial_year_end >= %s",
        company_id,
        as_at,
        as_at,
    )
    if not years:
        return Period(MONTH, month_start, as_at, is_over=bool(over))
    return Period(YEAR_TO_DATE, years[0][0], as_at, is_over=bool(over))
