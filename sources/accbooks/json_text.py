"""JSON as text: read without rounding, and written so that every database takes it."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import simplejson

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What JSON may hold and the JSON columns of databases refuse: NUL and surrogates without their partner."""


def _whole_number(text: str) -> int | str:
    """Return an integer; one of thousands of digits, which Python does not convert, stays text."""
    try:
        return int(text)
    except ValueError:
        return text


def _decimal(text: str) -> Decimal | str:
    """Return a decimal; a number whose exponent no decimal holds stays text."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


DECODER = json.JSONDecoder(parse_float=_decimal, parse_int=_whole_number, parse_constant=str)


def parse_json(text: bytes) -> Any:
    """Return the value of a JSON text, numbers with a point or an exponent as decimals.

    Numbers beyond Python stay text: one field must not make all others unreadable. Raises ValueError for what
    is no JSON, RecursionError for what is nested hundreds deep, which is valid JSON and beyond Python.
    """
    return DECODER.decode(str(text, "utf-8"))


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object that wraps an answer; raises ValueError, saying what the body is instead."""
    try:
        answer = parse_json(body)
    except (ValueError, RecursionError):
        raise ValueError("something that is not JSON") from None
    if not isinstance(answer, dict) or "data" not in answer:
        raise ValueError("JSON that has no 'data'")
    return answer


def exact_json(value: Any) -> str:
    """Write JSON as it came: decimals digit by digit, in ASCII, keys sorted."""
    text: str = simplejson.dumps(value, use_decimal=True, ensure_ascii=True, sort_keys=True)
    return text


def storable(value: Any) -> Any:
    """Return JSON that every database takes: a character it would refuse is spelled out."""
    match value:
        case str():
            return UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
        case dict():
            return {storable(name): storable(each) for name, each in value.items()}
        case list():
            return [storable(each) for each in value]
    return value
