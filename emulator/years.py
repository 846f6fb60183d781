"""Financial years that end on any day of the calendar."""

from calendar import monthrange
from datetime import date, timedelta


def year_end(year: int, month_day: str) -> date:
    """Return the financial year end within calendar `year`.

    `month_day` is taken literally: 02-28 is 28 February even in a leap year. A day that the month does not
    have, such as 02-29 in most years, becomes the month's last day (assumed).
    """
    month, day = (int(part) for part in month_day.split("-"))
    return date(year, month, min(day, monthrange(year, month)[1]))


def year_start(day: date, month_day: str) -> date:
    """Return the first day of the financial year of `day`: the day after the last year end before it."""
    last = year_end(day.year, month_day)
    if last >= day:
        last = year_end(day.year - 1, month_day)
    return last + timedelta(days=1)


def last_day_of_month(day: date) -> bool:
    """Return whether `day` ends its month."""
    return day.day == monthrange(day.year, day.month)[1]


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
