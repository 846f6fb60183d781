"""Make text from outside safe to print: one line, without control characters.

A server's message, a name in the books or a file name may contain line breaks, which could fake a line of
our output, escape sequences, and marks that reverse the reading direction.
"""

from __future__ import annotations

import logging
import unicodedata
from typing import Any

LONGEST = 5_000
"""The most characters of a line that are printed; the rest is only counted."""


def one_line(text: str) -> str:
    """Return a text with every control and format character escaped as in Python.

    Spaces of any width stay. Text beyond `LONGEST` characters is cut.
    """
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} … and {len(text) - LONGEST:,} characters more"
    if text.isprintable():
        return text
    return "".join(each if _is_shown(each) else _spelled(each) for each in text)


def lines(text: str) -> str:
    """Return a text with its line breaks kept and all other control characters escaped."""
    return "\n".join(one_line(line) for line in text.split("\n"))


def plain(value: Any) -> Any:
    """Return a JSON value with `one_line` applied to every text in it."""
    match value:
        case str():
            return one_line(value)
        case dict():
            return {plain(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
    return value


class OneLineFormatter(logging.Formatter):
    """Formats log records: one line for each message, several for a traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Return the line of a message."""
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return the lines of a traceback."""
        return lines(super().formatException(ei))


def _is_shown(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode()
