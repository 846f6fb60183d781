"""Spans of days, and how they and single days are written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """The days from `start` to `end`, both included."""

    start: dt.date
    end: dt.date

    @property
    def day_before(self) -> dt.date:
        """Return the day before the first."""
        return self.start - A_DAY

    @property
    def months(self) -> int | None:
        """Return how many calendar months they are; None where they begin or end within one."""
        if self.start.day > 1 or not is_month_end(self.end):
            return None
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1


def is_month_end(day: dt.date) -> bool:
    """Tell whether a day is the last of its month."""
    return (day + A_DAY).day == 1


def month(date: dt.date) -> str:
    """Return a date's month in full; the year has four digits, which %Y leaves to the system."""
    return f"{date:%B} {date.year:04}"


def short_month(date: dt.date) -> str:
    """Return a date's month in the space of a column."""
    return f"{date:%b} {date.year:04}"


def day(date: dt.date) -> str:
    """Return a date in full."""
    return f"{date.day} {month(date)}"


def short_day(date: dt.date) -> str:
    """Return a date in the space of a column."""
    return f"{date.day} {short_month(date)}"


def span(days: Days) -> str:
    """Return the days that a figure covers, in full."""
    return day(days.start) if days.start == days.end else f"{day(days.start)} to {day(days.end)}"


def short_span(days: Days) -> str:
    """Return the days that a figure covers, in the space of a column: a calendar month by its name."""
    if days.months == 1:
        return short_month(days.start)
    if (days.start.year, days.start.month) != (days.end.year, days.end.month):
        return f"{short_day(days.start)} to {short_day(days.end)}"
    if days.start == days.end:
        return short_day(days.end)
    return f"{days.start.day} to {short_day(days.end)}"
