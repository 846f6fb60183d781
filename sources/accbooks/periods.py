"""The periods AccBooks is asked to report on: month-ends, calendar months and financial years."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
import re
from dataclasses import dataclass

import pendulum

YEAR_END = re.compile(r"(\d{2})-(\d{2})\Z", re.ASCII)


@dataclass(frozen=True, order=True)
class Period:
    """The days from `start` to `end`, both inclusive."""

    start: pendulum.Date
    end: pendulum.Date


def months(first: dt.date, last: dt.date) -> list[Period]:
    """Return the calendar months from the one `first` lies in to the one `last` lies in."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    starts = [pendulum.date(number // 12, number % 12 + 1, 1) for number in numbers]
    return [Period(start, start.end_of("month")) for start in starts]


def financial_years(year_end: str | None, first: dt.date, last: dt.date) -> list[Period]:
    """Return the financial years from the one `first` lies in to the one `last` lies in.

    `year_end` is the company's financial_year_end, "MM-DD", taken literally (assumed): with 02-28, 29
    February belongs to the new year; 02-29 is the last day of February. Returns nothing if it is no such day.
    """
    match = YEAR_END.match(year_end or "")
    if not match or not 1 <= int(match[1]) <= 12 or not 1 <= int(match[2]) <= 31:  # noqa: PLR2004 - a calendar
        return []
    month, day = int(match[1]), int(match[2])
    calendar_years = range(max(first.year - 1, dt.MINYEAR), min(last.year + 1, dt.MAXYEAR) + 1)
    ends = [_clamped(year, month, day) for year in calendar_years]
    years = [Period(before.add(days=1), end) for before, end in itertools.pairwise(ends)]
    return [year for year in years if year.end >= first and year.start <= last]


def _clamped(year: int, month: int, day: int) -> pendulum.Date:
    return pendulum.date(year, month, min(day, calendar.monthrange(year, month)[1]))
