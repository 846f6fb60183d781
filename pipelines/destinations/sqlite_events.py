"""Keep webhook events in a SQLite file beside the warehouse."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from accbooks_warehouse.pipelines.destinations.event_store import (
    BUSY_SECONDS,
    DONE,
    PENDING,
    UNREAD,
    Backlog,
    EventStore,
    StoredEvent,
    StoreError,
    Waiting,
)


class SqliteStore(EventStore):
    """Stores events in a SQLite file: write-ahead logged, and synced to the disk before a write returns.

    A file that was moved, deleted or replaced is noticed: nothing is stored where nobody looks for it.
    """

    def __init__(self, path: Path, *, only_reads: bool = False) -> None:
        self._path = path
        self._only_reads = only_reads
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def add(self, events: Sequence[StoredEvent]) -> frozenset[tuple[str, str]]:
        """Store events."""
        with self._transaction() as connection:
            return frozenset(event.key for event in events if self._inserted(connection, event))

    def _inserted(self, connection: sqlite3.Connection, event: StoredEvent) -> bool:
        row = (*event.key, event.type, event.body, event.received_at.timestamp(), event.state)
        cursor = connection.execute(
            "insert into webhook_events (company_id, event_id, type, body, received_at, state) "
            "values (?, ?, ?, ?, ?, ?) on conflict do nothing",
            row,
        )
        return cursor.rowcount > 0

    def pending(self, most: int, company_id: str | None = None) -> list[StoredEvent]:
        """Return pending events."""
        with self._transaction(writes=False) as connection:
            rows = connection.execute(
                "select company_id, event_id, type, body, received_at, state from webhook_events "
                "where state = ? and company_id = coalesce(?, company_id) "
                "order by received_at, event_id limit ?",
                (PENDING, company_id, most),
            ).fetchall()
        return [StoredEvent(a, b, c, body, _moment(at), state) for a, b, c, body, at, state in rows]

    def not_done_before(self, moment: dt.datetime) -> list[StoredEvent]:
        """Return events."""
        with self._transaction() as connection:
            rows = connection.execute(
                "select company_id, event_id, type, body, received_at, state from webhook_events "
                "where done_at is null or done_at >= ?",
                (moment.timestamp(),),
            ).fetchall()
        return [StoredEvent(a, b, c, body, _moment(at), state) for a, b, c, body, at, state in rows]

    def mark_done(self, keys: Iterable[tuple[str, str]], at: dt.datetime) -> None:
        """Note that events are done."""
        self._mark(DONE, keys, at)

    def close_unread(self, keys: Iterable[tuple[str, str]], at: dt.datetime) -> None:
        """Note that events will not be read."""
        self._mark(UNREAD, keys, at)

    def _mark(self, state: str, keys: Iterable[tuple[str, str]], at: dt.datetime) -> None:
        with self._transaction() as connection:
            connection.executemany(
                "update webhook_events set state = ?, done_at = ? "
                "where company_id = ? and event_id = ? and state = ?",
                [(state, at.timestamp(), *key, PENDING) for key in keys],
            )

    def replay(self, since: dt.datetime) -> int:
        """Make events pending again."""
        with self._transaction() as connection:
            return connection.execute(
                "update webhook_events set state = ?, done_at = null "
                "where received_at >= ? and state in (?, ?)",
                (PENDING, since.timestamp(), DONE, UNREAD),
            ).rowcount

    def prune(self, before: dt.datetime) -> int:
        """Delete old events."""
        with self._transaction() as connection:
            return connection.execute(
                "delete from webhook_events where received_at < ? and state <> ?",
                (before.timestamp(), PENDING),
            ).rowcount

    def move(self, company_ids: Mapping[str, str]) -> int:
        """Give events another company id."""
        with self._transaction() as connection:
            moved = connection.executemany(
                "update or ignore webhook_events set company_id = ? where company_id = ?",
                [(new, old) for old, new in company_ids.items()],
            )
            twice = connection.executemany(
                "delete from webhook_events where company_id = ?", [(old,) for old in company_ids]
            )
            return max(0, moved.rowcount) + max(0, twice.rowcount)

    def forget(self, company_id: str) -> int:
        """Delete a company's events."""
        if not self._path.exists():
            return 0
        with self._transaction() as connection:
            return connection.execute(
                "delete from webhook_events where company_id = ?", (company_id,)
            ).rowcount

    def count(self, company_id: str) -> int:
        """Return how many events are stored; none if nothing was ever stored."""
        ((count,),) = self._rows("select count(*) from webhook_events where company_id = ?", company_id) or [
            (0,)
        ]
        return int(count)

    def waiting(self) -> list[Waiting]:
        """Return what waits; nothing if nothing was ever stored."""
        rows = self._rows(
            "select company_id, count(*), min(received_at), max(received_at) from webhook_events "
            "where state = ? group by company_id order by company_id",
            PENDING,
        )
        return [
            Waiting(company, count, _moment(first), _moment(last)) for company, count, first, last in rows
        ]

    def backlogs(self) -> list[Backlog]:
        """Return the backlogs; none if nothing was ever stored."""
        rows = self._rows(SQLITE_BACKLOGS)
        return [
            Backlog(company, pending, _moment_or_none(oldest), _moment_or_none(last), lag)
            for company, pending, oldest, last, lag in rows
        ]

    def probe(self) -> None:
        """Write the time of the last probe."""
        with self._transaction() as connection:
            connection.execute(
                "insert into probes (id, at) values (1, ?) on conflict (id) do update set at = excluded.at",
                (dt.datetime.now(dt.UTC).timestamp(),),
            )

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _rows(self, sql: str, *parameters: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query; none, and makes nothing, if nothing was ever stored."""
        if not self._path.exists():
            return []
        with self._transaction(writes=False) as connection:
            if not connection.execute(SQLITE_IS_MADE).fetchone()[0]:
                return []
            return connection.execute(sql, parameters).fetchall()

    @contextmanager
    def _transaction(self, *, writes: bool = True) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._opened()
            with closing(connection.cursor()) as cursor:
                cursor.execute("begin immediate" if writes else "begin")
            with connection:
                yield connection
            if writes and self._is_elsewhere():
                raise sqlite3.OperationalError("the file was moved or deleted")
        except (sqlite3.Error, OSError) as error:
            self.close()  # the next call begins anew
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise StoreError(f"The events in {self._path} cannot be stored or read ({reason}).") from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and self._is_elsewhere():
            self.close()
        if self._connection is None and self._only_reads:
            self._connection = _reading(self._path)
            self._file = _identity(self._path)
        if self._connection is None:
            _make(self._path)
            connection = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._path.chmod(0o600)
                connection.execute("pragma journal_mode = wal")
                connection.execute("pragma synchronous = full")
                connection.executescript(SQLITE_TABLES)
                self._file = _identity(self._path)
            except (sqlite3.Error, OSError):
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _is_elsewhere(self) -> bool:
        """Tell whether the open file is no longer the one of that name."""
        try:
            return _identity(self._path) != self._file
        except FileNotFoundError:
            return True


def _reading(path: Path) -> sqlite3.Connection:
    """Open a file without changing it or its folder.

    A reader of a log needs the files beside it; without a log, nobody has the file open for writing.
    """
    has_log = path.with_name(f"{path.name}-wal").exists()
    how = "mode=ro" if has_log else "mode=ro&immutable=1"
    address = f"file:{quote(str(path.absolute()))}?{how}"
    return sqlite3.connect(
        address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _make(path: Path) -> None:
    """Make the file, which nobody else may read; its log takes its mode.

    One that exists is not opened: to close it would end the locks of this process's other connections.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


SQLITE_TABLES = """
create table if not exists webhook_events (
    company_id text not null,
    event_id text not null,
    type text not null,
    body blob not null,
    received_at real not null,
    state text not null,
    done_at real,
    primary key (company_id, event_id)
) without rowid;
create index if not exists webhook_events_by_state on webhook_events (state, received_at);
create table if not exists probes (id integer primary key, at real not null);
"""

SQLITE_IS_MADE = "select count(*) from sqlite_master where name = 'webhook_events'"
SQLITE_BACKLOGS = """
select
    company_id,
    count(*) filter (where state = 'pending'),
    min(received_at) filter (where state = 'pending'),
    max(received_at),
    (
        select done_at - received_at from webhook_events as last
        where last.company_id = events.company_id and last.state = 'done'
        order by last.done_at desc limit 1
    )
from webhook_events as events
group by company_id
order by company_id
"""


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _moment_or_none(seconds: float | None) -> dt.datetime | None:
    return None if seconds is None else _moment(seconds)
