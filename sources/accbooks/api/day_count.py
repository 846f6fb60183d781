"""Count the requests a key used today, on disk, so that crashes do not lose the count and processes share it.

AccBooks allows 10,000 requests a day on Starter and 100,000 on Pro (documented), and sends no header for it.
So requests are counted per key, server and UTC day. Only a digest of the key is stored.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

logger = logging.getLogger(__name__)

IN_MEMORY = ":memory:"
BUSY_SECONDS = 5.0


@dataclass(frozen=True)
class PlanLimits:
    """The requests that a plan allows, as AccBooks documents it."""

    minute: int
    day: int


PLANS = MappingProxyType({"starter": PlanLimits(60, 10_000), "pro": PlanLimits(300, 100_000)})
"""The documented plans by the name that a company's record has; Enterprise is custom."""
DAY_LIMITS = MappingProxyType({each.minute: each.day for each in PLANS.values()})
"""A plan's requests a day, by its requests a minute; an unknown plan has no known limit."""

SCHEMA = """
create table if not exists requests (
    key_digest text not null,
    day text not null,
    spent integer not null,
    primary key (key_digest, day)
)
"""
SPEND = """
insert into requests (key_digest, day, spent)
select :key_digest, :day, 1 where coalesce(:allowance > 0, true)
on conflict (key_digest, day) do update set spent = spent + 1 where coalesce(:allowance > spent, true)
returning spent
"""
SPENT = "select spent from requests where key_digest = :key_digest and day = :day"


class DayCount:
    """Counts one key's requests in a file; threads may share it. Raises OSError if the file cannot be used.

    If the file fails later, for example on a full disk, the run counts in memory and logs a warning.
    """

    def __init__(self, path: Path | str, api_key: str, base_url: str) -> None:
        self._digest = key_digest(api_key, base_url)
        self._lock = threading.Lock()
        try:
            if path != IN_MEMORY:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._database = _open(path)
        except sqlite3.Error as error:
            raise OSError(f"the count of requests in {path} cannot be written ({error})") from error

    def spend(self, now: float, allowance: int | None = None) -> int | None:
        """Count a request at `now`, in epoch seconds; returns the day's requests with it.

        Returns None, and counts nothing, if they have reached `allowance` (None: no limit). It is a single
        SQL statement, so threads and processes together never exceed it.
        """
        request = {"key_digest": self._digest, "day": _day(now), "allowance": allowance}
        rows = self._query(SPEND, request)
        return int(rows[0][0]) if rows else None

    def spent(self, now: float) -> int:
        """Return the requests of the day that `now` lies in."""
        rows = self._query(SPENT, {"key_digest": self._digest, "day": _day(now)})
        return int(rows[0][0]) if rows else 0

    def forget(self) -> None:
        """Delete all counts of the key."""
        self._query("delete from requests where key_digest = :key_digest", {"key_digest": self._digest})

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _query(self, sql: str, parameters: Mapping[str, object]) -> list[tuple[int]]:
        with self._lock:
            try:
                return self._database.execute(sql, parameters).fetchall()
            except sqlite3.Error as error:
                logger.warning("From now on requests are counted for this run only: %s.", error)
                self._database = _open(IN_MEMORY)
                return self._database.execute(sql, parameters).fetchall()


def _open(path: Path | str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    database.execute("pragma journal_mode = wal")
    database.execute("pragma synchronous = normal")
    database.execute(SCHEMA)
    return database


def key_digest(api_key: str, base_url: str) -> str:
    """Return what a key at a server is stored as: 32 hexadecimal digits, from which nobody gets the key."""
    account = f"{api_key}\n{base_url}".encode()
    return hashlib.blake2b(account, digest_size=16, person=b"accbooks").hexdigest()


def day_count(path: Path, api_key: str, base_url: str) -> DayCount:
    """Return the count kept at `path`; if the file cannot be used, one in memory, with a warning."""
    try:
        return DayCount(path, api_key, base_url)
    except OSError as error:
        logger.warning("Requests are counted for this run only: %s.", error)
        return DayCount(IN_MEMORY, api_key, base_url)


def end_of_day(now: float) -> float:
    """Return the next 00:00 UTC after `now`, both in epoch seconds."""
    midnight = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=1)).timestamp()


def _day(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).date().isoformat()
