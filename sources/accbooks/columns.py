"""The kinds of column: how a JSON value becomes a typed one, exactly or not at all."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**63 - 1
DECIMAL_DIGITS = 18
UNIT_PRICE_DIGITS = 24
MOST_DIGITS = 38
"""What the databases hold of a decimal."""
LONGEST_IDENTIFIER = 255
"""Characters of an identifier: two of them in four bytes each still fit an index entry of PostgreSQL."""
EXACT = Context(prec=100)
"""Arithmetic that never rounds what 38 digits hold; Python's own stops at 28."""
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
"""A number sent as text; Decimal itself would also take underscores, spaces and the digits of any script."""


@dataclass(frozen=True)
class Kind:
    """A column's Arrow type and the parser that fills it.

    `parse` takes a JSON value that is not null and raises ValueError, with the reason, if the value cannot be
    held exactly. `bounds` are the smallest and the largest value it returns, where the Arrow type could hold
    values beyond them; `longest` is the number of characters a text may have.

    A row hash must not change when a column is widened: `hashed_as` is the name of the kind the column had
    before, and `hashed_places` the decimals that were written of values that need no more.
    """

    name: str
    arrow_type: pa.DataType
    parse: Callable[[Any], Any]
    bounds: tuple[Any, Any] | None = None
    longest: int | None = None
    hashed_as: str | None = None
    hashed_places: int | None = None

    @property
    def is_text(self) -> bool:
        """Tell whether its values are text."""
        return pa.types.is_string(self.arrow_type)


@dataclass(frozen=True)
class Column:
    """A field of a record, named as AccBooks names it.

    A record is quarantined where a field that it `posts` from cannot be read: it decides what is in the
    ledger, or which record this is. Any other unreadable field becomes null, and `extra` has its value. A
    record that posts from a `needed` field must have it; without a `required` one there is no record.
    """

    name: str
    kind: Kind
    required: bool = False
    needed: bool = False
    posts: bool = False

    @property
    def is_expected(self) -> bool:
        """Tell whether a record without it is out of the ordinary."""
        return self.required or self.needed


def parse_text(value: Any) -> str:
    """Return text; a number where text is expected (an id, a nominal code) is taken as written."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"is not text: {value!r}")
    text = str(value)
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("contains characters that no database can hold")
    return text


def parse_identifier(value: Any) -> str:
    """Return text that every database can index."""
    text = parse_text(value)
    if len(text) > LONGEST_IDENTIFIER:
        raise ValueError(f"is longer than {LONGEST_IDENTIFIER} characters: {len(text)}")
    return text


def parse_boolean(value: Any) -> bool:
    """Return a JSON true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"is not true or false: {value!r}")
    return value


def parse_integer(value: Any) -> int:
    """Return a whole number that fits 64 bits."""
    number = _decimal(value)
    if number != number.to_integral_value():
        raise ValueError(f"is not a whole number: {value!r}")
    if not SMALLEST_INTEGER <= number <= LARGEST_INTEGER:
        raise ValueError(f"is beyond the whole numbers of 64 bits: {value!r}")
    return int(number)


def parse_decimal(places: int, digits: int = DECIMAL_DIGITS) -> Callable[[Any], Decimal]:
    """Return a parser for decimals of so many `digits`, `places` after the point; it never rounds."""
    largest = Decimal(10) ** (digits - places)
    unit = Decimal(1).scaleb(-places)

    def parse(value: Any) -> Decimal:
        number = _decimal(value)
        if not -largest < number < largest:
            raise ValueError(f"is too large: {value}")
        exact = number.quantize(unit, context=EXACT)
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


def _decimals(name: str, places: int, digits: int = DECIMAL_DIGITS, **hashed: Any) -> Kind:
    largest = Decimal(10**digits - 1).scaleb(-places, context=EXACT)
    parse = parse_decimal(places, digits)
    return Kind(name, pa.decimal128(digits, places), parse, (-largest, largest), **hashed)


TEXT = Kind("text", pa.string(), parse_text)
IDENTIFIER = Kind(
    "identifier", pa.string(), parse_identifier, longest=LONGEST_IDENTIFIER, hashed_as=TEXT.name
)
"""Text that is part of a key or of an index."""
BOOLEAN = Kind("boolean", pa.bool_(), parse_boolean)
INTEGER = Kind("integer", pa.int64(), parse_integer)
MONEY = _decimals("money", 2)
SUM = _decimals("sum", 2, MOST_DIGITS, hashed_as=MONEY.name)
"""What a report adds up: amounts that fit `MONEY` one by one need not fit it together."""
UNIT_PRICE = _decimals("unit_price", 8, UNIT_PRICE_DIGITS, hashed_as=MONEY.name, hashed_places=2)
RATE = _decimals("rate", 8)
QUANTITY = _decimals("quantity", 6)
DATE = Kind("date", pa.date32(), parse_date, (dt.date.min, dt.date.max))
TIMESTAMP = Kind(
    "timestamp",
    pa.timestamp("us", tz="UTC"),
    parse_timestamp,
    (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)),
)
