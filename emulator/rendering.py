"""JSON with exact decimals; the standard library would read and write binary floats."""

import json
from decimal import Decimal
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

Record = dict[str, Any]


class NotJsonError(ValueError):
    """The text is not JSON, for example because of NaN or Infinity."""


def render(value: Any) -> str:
    """Return `value` as compact JSON text; a Decimal keeps its digits, so 2500.00 stays 2500.00."""
    kind = type(value)
    if kind is str:
        return quoted(value)
    if value is None:
        return "null"
    if kind is dict:
        return "{" + ",".join([f"{quoted(name)}:{render(item)}" for name, item in value.items()]) + "}"
    if kind is list or kind is tuple:
        return "[" + ",".join([render(item) for item in value]) + "]"
    if kind is bool:
        return "true" if value else "false"
    if kind is int or kind is Decimal:
        return str(value)
    raise TypeError(f"{kind.__name__} has no exact JSON form")


def parse(text: str | bytes) -> Any:
    """Return JSON text as values, fractions as Decimal. Raises NotJsonError."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from error


def _refuse(constant: str) -> None:
    raise NotJsonError(f"{constant} is no JSON number")
