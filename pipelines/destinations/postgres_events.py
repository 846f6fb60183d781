"""Keep webhook events in the PostgreSQL database of the warehouse, in a schema of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg2
from accbooks_warehouse.pipelines.destinations.event_store import (
    BUSY_SECONDS,
    DONE,
    PENDING,
    SCHEMA,
    UNREAD,
    Backlog,
    EventStore,
    StoredEvent,
    StoreError,
    Waiting,
)
from psycopg2.extras import execute_values

CONNECT_SECONDS, SILENT_SECONDS = 10, 10
TABLE = f"{SCHEMA}.webhook_events"
TABLES = f"""
create schema if not exists {SCHEMA};
create table if not exists {TABLE} (
    company_id text not null,
    event_id text not null,
    type text not null,
    body bytea not null,
    received_at timestamptz not null,
    state text not null,
    done_at timestamptz,
    primary key (company_id, event_id)
);
create index if not exists webhook_events_by_state on {TABLE} (state, received_at);
create table if not exists {SCHEMA}.probes (id integer primary key, at timestamptz not null);
"""
BEGINNING = f"""
select
    set_config('lock_timeout', '{BUSY_SECONDS:.0f}s', true),
    set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), true)
"""
"""Begins a transaction that waits for the disk, whatever the server is set to, and not long for locks."""
BACKLOGS = f"""
select
    company_id,
    count(*) filter (where state = 'pending'),
    min(received_at) filter (where state = 'pending'),
    max(received_at),
    (
        select cast(extract(epoch from done_at - received_at) as double precision) from {TABLE} as last
        where last.company_id = events.company_id and last.state = 'done'
        order by last.done_at desc limit 1
    )
from {TABLE} as events
group by company_id
order by company_id
"""


IS_THERE = (
    f"exists (select 1 from {TABLE} as there "
    "where there.company_id = %s and there.event_id = events.event_id)"
)
"""Whether the same event is stored under another company id."""
IS_MADE = "select to_regclass(%s) is not null"


class PostgresStore(EventStore):
    """Stores events in PostgreSQL; a connection that broke while nobody used it is opened again."""

    def __init__(self, address: str, *, only_reads: bool = False) -> None:
        self._address = address
        self._only_reads = only_reads
        self._connection: Any = None
        self._has_tables = False

    def add(self, events: Sequence[StoredEvent]) -> frozenset[tuple[str, str]]:
        """Store events."""
        in_order = sorted(events, key=lambda each: each.key)  # two who store the same events do not deadlock
        rows = [(*each.key, each.type, each.body, each.received_at, each.state) for each in in_order]
        if not rows:
            return frozenset()
        with self._transaction() as cursor:
            new = execute_values(
                cursor,
                f"insert into {TABLE} (company_id, event_id, type, body, received_at, state) values %s "
                "on conflict do nothing returning company_id, event_id",
                rows,
                page_size=len(rows),
                fetch=True,
            )
        return frozenset((company_id, event_id) for company_id, event_id in new)

    def pending(self, most: int, company_id: str | None = None) -> list[StoredEvent]:
        """Return pending events."""
        with self._transaction() as cursor:
            cursor.execute(
                f"select company_id, event_id, type, body, received_at, state from {TABLE} "
                "where state = %s and company_id = coalesce(%s, company_id) "
                "order by received_at, event_id limit %s",
                (PENDING, company_id, most),
            )
            rows = cursor.fetchall()
        return [StoredEvent(a, b, c, bytes(body), at, state) for a, b, c, body, at, state in rows]

    def not_done_before(self, moment: dt.datetime) -> list[StoredEvent]:
        """Return events."""
        with self._transaction() as cursor:
            cursor.execute(
                f"select company_id, event_id, type, body, received_at, state from {TABLE} "
                "where done_at is null or done_at >= %s",
                (moment,),
            )
            rows = cursor.fetchall()
        return [StoredEvent(a, b, c, bytes(body), at, state) for a, b, c, body, at, state in rows]

    def mark_done(self, keys: Iterable[tuple[str, str]], at: dt.datetime) -> None:
        """Note that events are done."""
        self._mark(DONE, keys, at)

    def close_unread(self, keys: Iterable[tuple[str, str]], at: dt.datetime) -> None:
        """Note that events will not be read."""
        self._mark(UNREAD, keys, at)

    def _mark(self, state: str, keys: Iterable[tuple[str, str]], at: dt.datetime) -> None:
        done = list(keys)
        if not done:
            return
        with self._transaction() as cursor:
            execute_values(
                cursor,
                f"update {TABLE} as events set state = '{state}', done_at = keys.at from (values %s) "
                "as keys (company_id, event_id, at) where events.company_id = keys.company_id "
                f"and events.event_id = keys.event_id and events.state = '{PENDING}'",
                [(*key, at) for key in done],
            )

    def replay(self, since: dt.datetime) -> int:
        """Make events pending again."""
        return self._count(
            f"update {TABLE} set state = %s, done_at = null where received_at >= %s and state in (%s, %s)",
            PENDING,
            since,
            DONE,
            UNREAD,
        )

    def prune(self, before: dt.datetime) -> int:
        """Delete old events."""
        return self._count(f"delete from {TABLE} where received_at < %s and state <> %s", before, PENDING)

    def move(self, company_ids: Mapping[str, str]) -> int:
        """Give events another company id."""
        moved = 0
        with self._transaction() as cursor:
            cursor.execute(
                f"select distinct company_id from {TABLE} where company_id = any(%s)", (list(company_ids),)
            )
            for (old,) in sorted(cursor.fetchall()):
                new = company_ids[old]
                cursor.execute(
                    f"update {TABLE} as events set company_id = %s where company_id = %s and not {IS_THERE}",
                    (new, old, new),
                )
                moved += cursor.rowcount
                # what came in meanwhile stays: it is moved the next time
                cursor.execute(
                    f"delete from {TABLE} as events where company_id = %s and {IS_THERE}", (old, new)
                )
                moved += cursor.rowcount
        return moved

    def forget(self, company_id: str) -> int:
        """Delete a company's events."""
        return self._count(f"delete from {TABLE} where company_id = %s", company_id) if self._is_made() else 0

    def count(self, company_id: str) -> int:
        """Return how many events are stored; none if nothing was ever stored."""
        rows = self._rows(f"select count(*) from {TABLE} where company_id = %s", company_id)
        return int(rows[0][0]) if rows else 0

    def waiting(self) -> list[Waiting]:
        """Return what waits; nothing if nothing was ever stored."""
        rows = self._rows(
            f"select company_id, count(*), min(received_at), max(received_at) from {TABLE} "
            "where state = %s group by company_id order by company_id",
            PENDING,
        )
        return [Waiting(*row) for row in rows]

    def backlogs(self) -> list[Backlog]:
        """Return the backlogs; none if nothing was ever stored."""
        return [Backlog(*row) for row in self._rows(BACKLOGS)]

    def _rows(self, sql: str, *parameters: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query; none, and makes nothing, if nothing was ever stored."""
        with self._transaction(makes_tables=False) as cursor:
            cursor.execute(IS_MADE, (TABLE,))
            if not cursor.fetchone()[0]:
                return []
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())

    def probe(self) -> None:
        """Write the time of the last probe, where events could be written too."""
        with self._transaction() as cursor:
            cursor.execute(f"lock table {TABLE} in row exclusive mode")
            cursor.execute(
                f"insert into {SCHEMA}.probes (id, at) values (1, %s) "
                "on conflict (id) do update set at = excluded.at",
                (dt.datetime.now(dt.UTC),),
            )

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with suppress(psycopg2.Error):
                self._connection.close()
        self._connection, self._has_tables = None, False

    def _count(self, statement: str, *parameters: Any) -> int:
        with self._transaction() as cursor:
            cursor.execute(statement, parameters)
            return int(cursor.rowcount)

    def _is_made(self) -> bool:
        """Tell whether anything was stored, without making the tables."""
        with self._transaction(makes_tables=False) as cursor:
            cursor.execute(IS_MADE, (TABLE,))
            return bool(cursor.fetchone()[0])

    @contextmanager
    def _transaction(self, *, makes_tables: bool = True) -> Iterator[Any]:
        try:
            connection = self._begun()
            with connection, connection.cursor() as cursor:
                if makes_tables and not self._only_reads and not self._has_tables:
                    self._make_tables(cursor)
                yield cursor
            self._has_tables |= makes_tables
        except psycopg2.Error as error:
            self.close()
            reason = str(error).strip().partition("\n")[0]
            raise StoreError(f"The events in PostgreSQL cannot be stored or read ({reason}).") from error

    def _begun(self) -> Any:
        """Return a connection in a new transaction; opens another if the one of before is broken."""
        if self._connection is not None:
            try:
                _begin(self._connection)
            except psycopg2.Error:
                self.close()
        if self._connection is None:
            self._connection = psycopg2.connect(
                self._address, connect_timeout=CONNECT_SECONDS, tcp_user_timeout=SILENT_SECONDS * 1_000
            )
            if self._only_reads:
                self._connection.set_session(readonly=True)
            _begin(self._connection)
        return self._connection

    def _make_tables(self, cursor: Any) -> None:
        """Make the tables if there are none, which takes a right and locks that storing does not need."""
        cursor.execute("select to_regclass(%s)", (f"{SCHEMA}.probes",))
        if cursor.fetchone()[0] is None:
            cursor.execute(f"select pg_advisory_xact_lock(hashtext('{SCHEMA}'))")  # one at a time
            cursor.execute(TABLES)


def _begin(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BEGINNING)
