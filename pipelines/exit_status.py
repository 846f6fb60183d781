"""What the command's exit status means; other programs rely on it."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit status of every `accbooks` command."""

    DONE = 0
    """Done, and where books were compared, equal to the penny with nothing rejected or forbidden."""
    ERROR = 1
    """Something failed; the message says what to do."""
    USAGE = 2
    """Bad usage or configuration."""
    DIFFERENCES = 3
    """Loaded, but differences, rejected records or missing permissions remain."""
    LIMIT_REACHED = 4
    """The day's requests or --max-minutes ended the reading; what is complete is kept, run again later."""
