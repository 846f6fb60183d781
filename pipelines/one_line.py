"""Text from outside, as it may be shown: in one line, with nothing in it that a terminal would act on.

A server's message, a name in the books or a file's name may hold line breaks, which would forge a line of
ours, escape sequences, and marks that turn the order of letters round.
"""

from __future__ import annotations

import logging
import unicodedata
from typing import Any

LONGEST = 5_000
"""Characters of a line that is shown; the rest is counted."""


def one_line(text: str) -> str:
    """Return a text with every control and format character spelled out as Python does.

    A space of any width stays. What is longer than a line may be is cut.
    """
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} … and {len(text) - LONGEST:,} characters more"
    if text.isprintable():
        return text
    return "".join(each if _is_shown(each) else _spelled(each) for each in text)


def lines(text: str) -> str:
    """Return a text of our own, whose line breaks are meant, with all else spelled out."""
    return "\n".join(one_line(line) for line in text.split("\n"))


def plain(value: Any) -> Any:
    """Return JSON with all its text in one line each."""
    match value:
        case str():
            return one_line(value)
        case dict():
            return {plain(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
    return value


class OneLineFormatter(logging.Formatter):
    """Python's log for people: a line for each message, and tracebacks as they are."""

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
