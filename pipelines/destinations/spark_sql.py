"""Write SQL for Spark: the same statements as for the other databases, in Spark's spelling.

Standard SQL and Spark differ in how they quote. In Spark a text ends a backslash sequence, `'it''s'` is the
text "its", and double quotes are a text as well. Names of some types differ, too.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

TOKENS = re.compile(
    r"""
    (?P<text>'(?:[^']|'')*')
    | (?P<collation>\bcollate\s+"C")
    | (?P<name>"(?:[^"]|"")*")
    | (?P<parameter>%s)
    | (?P<comment>--[^\n]*)
    | (?P<moment>\btimestamp\s+with\s+time\s+zone\b)
    | (?P<varchar>\bvarchar\b)
    | (?P<double>\bdouble\s+precision\b)
    | (?P<cascade>\bcascade\b)
    """,
    re.VERBOSE | re.IGNORECASE,
)
SPELLINGS = {"moment": "timestamp", "varchar": "string", "double": "double"}
"""Spark's names of types."""


def spark_sql(sql: str, parameters: Sequence[Any] = ()) -> str:
    """Return a statement in Spark's spelling, with each `%s` replaced by its parameter.

    Sail takes parameters only in queries, so they are written into all statements.
    """
    values = iter(parameters)
    return TOKENS.sub(lambda found: _spelled(found, values), sql)


def _spelled(found: re.Match[str], values: Iterator[Any]) -> str:
    match found.lastgroup:
        case "text":
            return text_literal(found[0][1:-1].replace("''", "'"))
        case "name":
            return in_backticks(found[0][1:-1].replace('""', '"'))
        case "parameter":
            return literal(next(values))
        case group:  # comments have none; nor has the order of bytes, in which Spark sorts texts
            return SPELLINGS.get(str(group), "")


def in_backticks(name: str) -> str:
    """Return a name as Spark quotes it."""
    doubled = name.replace("`", "``")
    return f"`{doubled}`"


def text_literal(text: str) -> str:
    """Return a text as Spark quotes it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def literal(value: Any) -> str:
    """Return a value as Spark writes it; a time without a zone is UTC."""
    match value:
        case None:
            written = "null"
        case bool() | int():
            written = str(value).lower()
        case Decimal():
            written = f"cast('{value:f}' as decimal({_digits(value)}))"
        case float():
            written = f"cast('{value!r}' as double)"
        case dt.datetime():
            moment = value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
            written = f"timestamp '{moment.isoformat(sep=' ')}'"
        case dt.date():
            written = f"date '{value.isoformat()}'"
        case str():
            written = text_literal(value)
        case _:
            raise TypeError(f"A parameter of SQL is a {type(value).__name__}.")
    return written


def _digits(value: Decimal) -> str:
    """Return the precision and scale that hold a number."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - it is finite
    scale = max(0, -exponent)
    return f"{max(len(digits) + max(0, exponent), scale + 1)}, {scale}"
