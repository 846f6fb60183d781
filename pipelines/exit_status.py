"""The exit statuses of commands. Other programs rely on them."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit status of every `accbooks` command."""

    DONE = 0
    """Done. Books that were compared match AccBooks to the penny; nothing was rejected or forbidden."""
    ERROR = 1
    """Something failed; the message says what to do."""
    USAGE = 2
    """Bad usage or configuration."""
    DIFFERENCES = 3
    """Loaded, but differences, rejected records or missing permissions remain."""
    LIMIT_REACHED = 4
    """Stopped at the daily request limit or --max-minutes. Complete data is kept; run again later."""
