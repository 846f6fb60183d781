"""The kinds of column: how a JSON value becomes a typed one, exactly or not at all."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**63 - 1
DECIMAL_DIGITS = 18
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
"""A number sent as text; Decimal itself would also take underscores, spaces and the digits of any script."""


@dataclass(frozen=True)
class Kind:
    """A column's Arrow type and the parser that fills it.

    `parse` takes a JSON value that is not null and raises ValueError, with the reason, if the value cannot be
    held exactly. `bounds` are the smallest and the largest value it returns, where the Arrow type could hold
    values beyond them.
    """

    name: str
    arrow_type: pa.DataType
    parse: Callable[[Any], Any]
    bounds: tuple[Any, Any] | None = None


@dataclass(frozen=True)
class Column:
    """A field of a record, named as AccBooks names it."""

    name: str
    kind: Kind
    required: bool = False


def parse_text(value: Any) -> str:
    """Return text; a number where text is expected (an id, a nominal code) is taken as written."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"is not text: {value!r}")
    text = str(value)
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("contains characters that no database can hold")
    return text


def parse_boolean(value: Any) -> bool:
    """Return a JSON true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"is not true or false: {value!r}")
    return value


def parse_integer(value: Any) -> int:
    """Return a whole number that fits 64 bits."""
    number = _decimal(value)
    if number != number.to_integral_value() or not SMALLEST_INTEGER <= number <= LARGEST_INTEGER:
        raise ValueError(f"is not a whole number: {value!r}")
    return int(number)


def parse_decimal(places: int) -> Callable[[Any], Decimal]:
    """Return a parser for decimals of 18 digits with `places` after the point; it never rounds."""
    largest = Decimal(10) ** (DECIMAL_DIGITS - places)
    unit = Decimal(1).scaleb(-places)

    def parse(value: Any) -> Decimal:
        number = _decimal(value)
        if not -largest < number < largest:
            raise ValueError(f"is too large: {value}")
        exact = number.quantize(unit)
        if exact != number:
            raise ValueError(f"has more than {places} decimals: {value}")
        return exact

    return parse


def parse_date(value: Any) -> dt.date:
    """Return a YYYY-MM-DD date (documented by AccBooks)."""
    if not isinstance(value, str) or not ISO_DATE.match(value):
        raise ValueError(f"is not a YYYY-MM-DD date: {value!r}")
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"is not a day of the calendar: {value!r}") from None


def parse_timestamp(value: Any) -> dt.datetime:
    """Return an ISO 8601 time in UTC; one without a zone is taken as UTC (assumed)."""
    if not isinstance(value, str):
        raise ValueError(f"is not an ISO 8601 time: {value!r}")
    try:
        time = dt.datetime.fromisoformat(value)
        return time.replace(tzinfo=dt.UTC) if time.tzinfo is None else time.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"is not an ISO 8601 time: {value!r}") from None


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"is not a number: {value!r}")
    if isinstance(value, str) and not NUMBER.match(value):
        raise ValueError(f"is not a number: {value!r}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"has an exponent beyond all bounds: {value!r}") from None
    if not number.is_finite():
        raise ValueError(f"is not a number: {value!r}")
    return number


def _decimals(name: str, places: int) -> Kind:
    largest = Decimal(10**DECIMAL_DIGITS - 1).scaleb(-places)
    return Kind(name, pa.decimal128(DECIMAL_DIGITS, places), parse_decimal(places), (-largest, largest))


TEXT = Kind("text", pa.string(), parse_text)
BOOLEAN = Kind("boolean", pa.bool_(), parse_boolean)
INTEGER = Kind("integer", pa.int64(), parse_integer)
MONEY = _decimals("money", 2)
RATE = _decimals("rate", 8)
QUANTITY = _decimals("quantity", 6)
DATE = Kind("date", pa.date32(), parse_date, (dt.date.min, dt.date.max))
TIMESTAMP = Kind(
    "timestamp",
    pa.timestamp("us", tz="UTC"),
    parse_timestamp,
    (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)),
)
