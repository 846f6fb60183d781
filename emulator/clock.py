"""The server's clock, which may be wrong on purpose."""

import time
from datetime import UTC, datetime
from email.utils import formatdate


class Clock:
    """The current time plus `skew` seconds; headers, timestamps and rate windows all use it."""

    def __init__(self) -> None:
        self.skew = 0.0

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self.skew

    def stamp(self) -> str:
        """Return the time as ISO 8601 in UTC, to the second."""
        return f"{datetime.fromtimestamp(int(self.now()), UTC):%Y-%m-%dT%H:%M:%SZ}"

    def http_date(self) -> str:
        """Return the time in the format of an HTTP Date header."""
        return formatdate(self.now(), usegmt=True)
