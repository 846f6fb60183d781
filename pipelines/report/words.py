"""Figures and facts in words, as the page prints them: amounts, dates, and what the proof comes to."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from pipelines.report.period import Days

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
PENNY, POUND = Decimal("0.01"), Decimal(1)
NOTHING = "\u2013"


def amount(value: Decimal) -> str:
    """Return an amount to the penny, a negative one in brackets, nothing as a dash."""
    rounded = value.quantize(PENNY, ROUND_HALF_UP)
    if not rounded:
        return NOTHING
    return f"({-rounded:,})" if rounded < 0 else f"{rounded:,}"


def money(value: Decimal, currency: str | None) -> tuple[str, str]:
    """Return an amount with its currency in two parts, the whole and the pence: ("£1,234", ".56").

    A negative one is in brackets, like everywhere.
    """
    rounded = value.quantize(PENNY, ROUND_HALF_UP)
    whole, _, pence = f"{abs(rounded):,}".partition(".")
    opening, closing = ("(", ")") if rounded < 0 else ("", "")
    return f"{opening}{symbol(currency)}{whole}", f".{pence}{closing}"


def in_brackets(value: Decimal, currency: str | None) -> str:
    """Return an amount with its currency in one part, a negative one in brackets."""
    return "".join(money(value, currency))


def spoken(value: Decimal, currency: str | None) -> str:
    """Return an amount for whom it is read out to: brackets would not be heard."""
    text = in_brackets(abs(value), currency)
    return f"minus {text}" if value < 0 else text


def symbol(currency: str | None) -> str:
    """Return what stands before an amount: a sign, or the code and a space that does not break."""
    if not currency:
        return ""
    return SYMBOLS.get(currency, f"{currency}\u00a0")


def percentage(now: Decimal, before: Decimal) -> str:
    """Return by how many percent an amount went up or down; nothing where there is no way to say."""
    if before <= 0:
        return ""
    change = ((now - before) / before * 100).quantize(POUND, ROUND_HALF_UP)
    if not change:
        return "unchanged"
    return f"{abs(change):,}% {'up' if change > 0 else 'down'}"


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


def moment(time: dt.datetime) -> str:
    """Return a moment to the minute, in UTC."""
    utc = time.astimezone(dt.UTC)
    return f"{day(utc)}, {utc:%H:%M} UTC"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, which takes an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def months(number: int) -> str:
    """Return a number of months as the beginning of a title."""
    names = ("", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven")
    if number == len(names):
        return "Year"
    return f"{names[number]} month{'' if number == 1 else 's'}"


def compared(now: Decimal, before: Decimal, currency: str | None) -> str:
    """Set an amount beside that of the same days a year before."""
    if not before:
        return "nothing in the same days of last year"
    then = in_brackets(before, currency)
    change = percentage(now, before)
    return f"{change} on {then} a year before" if change else f"{then} a year before"
