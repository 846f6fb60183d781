"""JSON as text: read without rounding, and written so that every database takes it."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import simplejson

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What JSON may hold and the JSON columns of databases refuse: NUL and surrogates without their partner."""

DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=str)


def parse_json(text: bytes) -> Any:
    """Return the value of a JSON text, numbers with a point or an exponent as decimals.

    Raises ValueError for integers of thousands of digits and exponents that no decimal holds, RecursionError
    for what is nested hundreds deep: all that is valid JSON, and beyond Python.
    """
    try:
        return DECODER.decode(str(text, "utf-8"))
    except InvalidOperation:
        raise ValueError("a number has an exponent beyond all bounds") from None


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
