"""JSON as text: read without rounding, and written so that every database takes it."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import simplejson

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What JSON may hold and the JSON columns of databases refuse: NUL and surrogates without their partner."""

MOST_DEPTH = 200


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
    """Return the JSON object that wraps an answer; raises ValueError, saying what the body is instead.

    What is nested more deeply than anything of an accounting API cannot be written again, and is refused.
    """
    try:
        answer = parse_json(body)
    except (ValueError, RecursionError):
        raise ValueError("something that is not JSON") from None
    if _is_deeper(answer, MOST_DEPTH):
        raise ValueError("JSON that is too deeply nested")
    if not isinstance(answer, dict) or "data" not in answer:
        raise ValueError("JSON without 'data'")
    return answer


def _is_deeper(value: Any, most: int) -> bool:
    """Tell whether lists and objects are nested more than so many times, without recursion."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        level = [
            inside
            for each in level
            for inside in (each.values() if isinstance(each, dict) else each)
            if isinstance(inside, dict | list)
        ]
        if not level:
            return False
    return True


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
