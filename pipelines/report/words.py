"""Figures and facts in words, as the page prints them: amounts, dates, and what the proof comes to."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from accbooks_warehouse.pipelines.days import day, short_day

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
PENNY, POUND = Decimal("0.01"), Decimal(1)
NOTHING = "\u2013"


def amount(value: Decimal) -> str:
    """Return an amount to the penny, a negative one in brackets, nothing as a dash."""
    rounded = value.quantize(PENNY, ROUND_HALF_UP)
    if not rounded:
        return NOTHING
    return f"({-rounded:,})" if rounded < 0 else f"{rounded:,}"


def percent(value: Decimal | None) -> str:
    """Return a percentage to one decimal, a negative one in brackets; a dash where there is none."""
    if value is None:
        return NOTHING
    return f"({-value:,}%)" if value < 0 else f"{value:,}%"


def measured(value: Decimal | None, unit: str) -> str:
    """Return a ratio with its unit, a negative one in brackets; a dash where there is none."""
    if value is None:
        return NOTHING
    return f"({-value:,}) {unit}" if value < 0 else f"{value:,} {unit}"


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


def moment(time: dt.datetime) -> str:
    """Return a moment to the minute, in UTC."""
    utc = time.astimezone(dt.UTC)
    return f"{day(utc)}, {utc:%H:%M} UTC"


def short_moment(time: dt.datetime, now: dt.datetime) -> str:
    """Return a moment in the space of a column, in UTC; the year only if it is another one than now."""
    utc = time.astimezone(dt.UTC)
    day_of_year = f"{utc.day} {utc:%b}" if utc.year == now.year else short_day(utc)
    return f"{day_of_year}, {utc:%H:%M}"


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
