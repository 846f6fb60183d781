"""Events are stored once, durably, and found by whoever opens the store."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest
from accbooks_warehouse.pipelines.destinations.event_store import (
    PENDING,
    UNKNOWN,
    Backlog,
    EventStore,
    StoreAddress,
    StoredEvent,
    StoreError,
    Waiting,
)
from accbooks_warehouse.pipelines.destinations.event_stores import open_store
from accbooks_warehouse.pipelines.destinations.postgres_events import PostgresStore
from accbooks_warehouse.pipelines.destinations.sqlite_events import SqliteStore

AT = dt.datetime(2026, 3, 1, 9, 30, 0, 123457, dt.UTC)
SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)

OpenStore = Callable[[], EventStore]


@pytest.fixture(scope="module")
def events_database(new_database) -> Iterator[str]:
    with new_database() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def address(request, tmp_path) -> StoreAddress:
    if request.param == "sqlite":
        return StoreAddress(file=tmp_path / "books.duckdb.events.sqlite")
    database = request.getfixturevalue("events_database")
    run_sql(database, "drop schema if exists accbooks_live cascade")
    return StoreAddress(postgres=database)


@pytest.fixture
def opened(address) -> Iterator[OpenStore]:
    """Return a function that opens the store once more."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(open_store(address)))


@pytest.fixture
def store(opened) -> EventStore:
    return opened()


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "events.sqlite"


def run_sql(database: str, *statements: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(database)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def event(number: int, company: str = "cmp_1", *, at: dt.datetime = AT, state: str = PENDING) -> StoredEvent:
    body = b'{"id": "evt_%d", "type": "invoice.updated"}' % number
    return StoredEvent(company, f"evt_{number}", "invoice.updated", body, at, state)


def test_an_event_is_stored_once_and_pending_until_it_is_done(store):
    one, two = event(1), event(2, at=AT + SECOND)
    assert store.add([one, two]) == {one.key, two.key}
    assert store.add([replace(one, body=b"{}", received_at=AT + DAY)]) == frozenset()
    assert store.pending(10) == [one, two]
    store.mark_done([one.key], AT + SECOND)
    assert store.pending(10) == [two]
    assert store.add([one]) == frozenset()
    assert store.pending(10) == [two]


def test_the_same_event_twice_in_one_call_is_stored_once(store):
    assert store.add([event(1), event(1), event(2), event(1)]) == {event(1).key, event(2).key}
    assert store.pending(10) == [event(1), event(2)]


def test_nothing_stored_and_nothing_done_is_no_error(store):
    assert store.add([]) == frozenset()
    store.mark_done([], AT)
    store.mark_done([("cmp_1", "evt_of_nobody")], AT)
    assert store.pending(10) == []
    assert store.backlogs() == []
    assert store.replay(AT) == store.prune(AT) == store.forget("cmp_1") == 0


def test_one_id_of_two_companies_is_two_events(store):
    one, other = event(1), event(1, "cmp_2")
    assert store.add([one]) == {one.key}
    assert store.add([other]) == {other.key}
    store.mark_done([one.key], AT)
    assert store.pending(10) == [other]
    assert store.pending(10, "cmp_1") == []
    assert store.pending(10, "cmp_2") == [other]


def test_events_of_a_name_become_those_of_its_id_and_what_was_stored_twice_stays_once(store):
    first, again, other = event(1, "north"), event(2, "north"), event(3, "south")
    store.add([first, again, other, event(2)])
    store.mark_done([event(2).key], AT)
    assert store.move({"north": "cmp_1", "nobody": "cmp_2"}) == 2
    assert store.pending(10) == [replace(first, company_id="cmp_1"), other]
    assert store.count("north") == 0
    assert store.move({"north": "cmp_1"}) == 0


def test_bodies_and_texts_come_back_as_they_were(store):
    odd = StoredEvent("cömp '1'\\", "evt\n😀\"'%s", "x.%(y)s", bytes(range(256)) * 1_000, AT)
    assert store.add([odd]) == {odd.key}
    assert store.pending(1) == [odd]
    store.mark_done([odd.key], AT)
    assert store.pending(1) == []


def test_pending_events_come_in_the_order_of_their_receipt(store):
    events = [event(number, at=AT - number * SECOND) for number in range(5)]
    store.add(events)
    assert store.pending(3) == [event(number, at=AT - number * SECOND) for number in (4, 3, 2)]


def test_times_keep_their_microseconds(store):
    moments = [AT + dt.timedelta(microseconds=number) for number in range(50)]
    store.add([event(number, at=moment) for number, moment in enumerate(moments)])
    assert [each.received_at for each in store.pending(50)] == moments


def test_events_of_unknown_types_are_never_pending(store):
    unknown = event(1, state=UNKNOWN)
    assert store.add([unknown]) == {unknown.key}
    assert store.add([event(1)]) == frozenset()
    store.mark_done([unknown.key], AT)
    assert store.replay(AT - DAY) == 0
    assert store.pending(10) == []


def test_events_received_since_a_moment_are_pending_again(store):
    events = [event(number, at=AT + number * SECOND) for number in range(4)]
    store.add(events)
    store.mark_done([each.key for each in events[:3]], AT + DAY)
    assert store.replay(AT + SECOND) == 2
    assert store.pending(10) == events[1:]
    assert store.replay(AT + SECOND) == 0


def test_events_closed_unread_are_pending_no_more_and_say_nothing_of_how_late_events_are(store):
    store.add([event(1), event(2)])
    store.close_unread([event(1).key], AT + DAY)
    assert store.pending(10) == [event(2)]
    assert store.backlogs() == [Backlog("cmp_1", 1, AT, AT, None)]
    store.mark_done([event(1).key], AT)
    assert store.add([event(1)]) == frozenset()
    assert store.replay(AT) == 1
    assert store.pending(10) == [event(1), event(2)]


def test_old_events_are_deleted_but_pending_ones(store):
    done, pending, unknown, new = event(1), event(2), event(3, state=UNKNOWN), event(4, at=AT + DAY)
    store.add([done, pending, unknown, new])
    store.mark_done([done.key, new.key], AT + DAY)
    assert store.prune(AT + SECOND) == 2
    assert store.pending(10) == [pending]
    assert store.add([done, new]) == {done.key}


def test_a_company_is_forgotten_alone(store):
    store.add([event(1), event(2), event(1, "cmp_2")])
    store.mark_done([event(1).key], AT)
    assert store.forget("cmp_1") == 2
    assert store.pending(10) == [event(1, "cmp_2")]
    assert [each.company_id for each in store.backlogs()] == ["cmp_2"]


def test_backlogs_count_what_is_pending_and_know_the_last_lag(store):
    store.add(
        [event(1), event(2, at=AT + SECOND), event(3, at=AT + 2 * SECOND), event(1, "cmp_2", state=UNKNOWN)]
    )
    assert store.backlogs() == [
        Backlog("cmp_1", 3, AT, AT + 2 * SECOND, None),
        Backlog("cmp_2", 0, None, AT, None),
    ]
    store.mark_done([event(1).key], AT + 5 * SECOND)
    store.mark_done([event(2).key], AT + 8 * SECOND)
    (first, _) = store.backlogs()
    assert first == Backlog("cmp_1", 1, AT + 2 * SECOND, AT + 2 * SECOND, first.last_lag_seconds)
    assert first.last_lag_seconds == pytest.approx(7.0, abs=1e-5)


def test_what_waits_and_what_is_stored_is_counted_without_reading_it(store):
    times = [AT, AT + SECOND, AT + 2 * SECOND]
    store.add([event(number, at=at) for number, at in enumerate(times, start=1)])
    store.add([event(1, "cmp_2"), event(2, "cmp_2", at=AT + DAY, state=UNKNOWN)])
    store.mark_done([event(1).key], AT + DAY)
    assert store.waiting() == [
        Waiting("cmp_1", 2, AT + SECOND, AT + 2 * SECOND),
        Waiting("cmp_2", 1, AT, AT),
    ]
    assert {each: store.count(each) for each in ("cmp_1", "cmp_2", "cmp_3")} == {
        "cmp_1": 3,
        "cmp_2": 2,
        "cmp_3": 0,
    }


def test_to_look_at_backlogs_and_to_forget_make_nothing(address, store):
    assert (store.backlogs(), store.waiting(), store.count("cmp_1")) == ([], [], 0)
    assert store.forget("cmp_1") == 0
    if address.file is not None:
        assert not address.file.exists()
    else:
        made = run_sql(address.postgres or "", "select to_regnamespace('accbooks_live')")
        assert made == [(None,)]


@pytest.mark.parametrize("is_open", [True, False])
def test_one_who_only_reads_sees_what_is_stored_and_changes_nothing(address, store, is_open):
    """An open file has a log beside it, a closed one has none."""
    store.add([event(1)])
    if not is_open:
        store.close()
    before = state_of(address)
    with closing(open_store(address, only_reads=True)) as reader:
        assert reader.waiting() == [Waiting("cmp_1", 1, AT, AT)]
        assert reader.backlogs() == [Backlog("cmp_1", 1, AT, AT, None)]
        assert reader.count("cmp_1") == 1
        with pytest.raises(StoreError, match=r"read-?only"):
            reader.mark_done([event(1).key], AT)
    assert state_of(address) == before


def state_of(address: StoreAddress) -> object:
    """Return all that a reader could change: a file, its folder and its mode, or a schema."""
    if address.file is None:
        return run_sql(address.postgres or "", "select state from accbooks_live.webhook_events")
    beside = sorted(each.name for each in address.file.parent.iterdir())
    return address.file.read_bytes(), stat.S_IMODE(address.file.stat().st_mode), beside


def test_a_file_without_tables_has_no_events(file):
    file.touch(0o644)
    with closing(SqliteStore(file, only_reads=True)) as store:
        assert (store.backlogs(), store.waiting(), store.count("cmp_1")) == ([], [], 0)
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"", 0o644)


def test_a_role_that_may_make_nothing_asks_for_events_that_were_never_stored(events_database):
    run_sql(events_database, "drop schema if exists accbooks_live cascade", "create role accbooks_test_reads")
    options = ("&" if "?" in events_database else "?") + "options=-c%20role%3Daccbooks_test_reads"
    try:
        with closing(PostgresStore(events_database + options, only_reads=True)) as store:
            assert (store.backlogs(), store.waiting(), store.count("cmp_1")) == ([], [], 0)
    finally:
        run_sql(events_database, "drop role accbooks_test_reads")


def test_a_probe_stores_nothing_that_counts(store):
    store.probe()
    store.probe()
    assert store.pending(10) == []
    assert store.backlogs() == []


def test_another_connection_sees_at_once_what_is_stored_and_done(opened):
    one, other = opened(), opened()
    assert other.pending(10) == []
    for number in range(20):
        one.add([event(number)])
        assert other.pending(10) == [event(number)]
        other.mark_done([event(number).key], AT)
        assert one.pending(10) == []


READ = """
import sys
from pathlib import Path
from accbooks_warehouse.pipelines.destinations.event_store import (StoreAddress)
from accbooks_warehouse.pipelines.destinations.event_stores import open_store
file, postgres = sys.argv[1:]
store = open_store(StoreAddress(Path(file) if file else None, postgres or None))
print([each.event_id for each in store.pending(10)])
"""


def test_another_process_sees_what_is_stored(address, store):
    store.add([event(1)])
    given = [str(address.file or ""), address.postgres or ""]
    read = subprocess.run([sys.executable, "-c", READ, *given], capture_output=True, text=True, check=True)
    assert read.stdout.strip() == "['evt_1']"


def test_another_process_that_ends_takes_nothing_with_it(opened, address, store):
    store.add([event(1)])
    another = opened()  # a file's locks are the process's: to open and close one must not end another's
    another.probe()
    another.close()
    given = [str(address.file or ""), address.postgres or ""]
    subprocess.run([sys.executable, "-c", READ, *given], capture_output=True, check=True)
    store.add([event(2)])
    assert opened().pending(10) == [event(1), event(2)]
    read = subprocess.run([sys.executable, "-c", READ, *given], capture_output=True, text=True, check=True)
    assert read.stdout.strip() == "['evt_1', 'evt_2']"


def test_several_store_the_same_events_while_another_marks_them(opened):
    events = [event(number) for number in range(300)]
    new: list[tuple[str, str]] = []
    errors: list[Exception] = []
    is_over = threading.Event()

    def add(store: EventStore, order: list[StoredEvent]) -> None:
        try:
            for start in range(0, len(order), 10):
                new.extend(store.add(order[start : start + 10]))
        except StoreError as error:
            errors.append(error)

    def mark(store: EventStore) -> None:
        try:
            while (pending := store.pending(50)) or not is_over.is_set():
                store.mark_done([each.key for each in pending], AT)
        except StoreError as error:
            errors.append(error)

    adding = [
        threading.Thread(target=add, args=(opened(), order)) for order in (events, events[::-1], events)
    ]
    marking = threading.Thread(target=mark, args=(opened(),))
    for each in [*adding, marking]:
        each.start()
    for each in adding:
        each.join()
    is_over.set()
    marking.join()
    assert errors == []
    assert sorted(new) == sorted(each.key for each in events)
    store = opened()
    assert store.pending(1) == []
    assert store.replay(AT) == len(events)


def test_a_reader_does_not_wait_for_one_who_stores(opened, address):
    store = opened()
    store.add([event(1)])
    with closing(other_writer(address)):
        assert opened().pending(10) == [event(1)]
        assert [each.pending for each in opened().backlogs()] == [1]


def other_writer(address: StoreAddress):
    """Return a connection in a transaction that has written."""
    if address.file is not None:
        writer = sqlite3.connect(address.file, isolation_level=None)
        writer.execute("begin immediate")
        return writer
    connection = psycopg2.connect(address.postgres or "")
    connection.cursor().execute("update accbooks_live.webhook_events set state = 'done'")
    return connection


def test_an_address_does_not_show_its_password():
    assert "secret" not in repr(StoreAddress(postgres="postgresql://me:secret@host/books"))


# SQLite: the file


def test_the_file_is_logged_ahead_and_synced(file):
    with closing(SqliteStore(file)) as store:
        store.add([event(1)])
        connection = store._opened()  # noqa: SLF001 - a setting of the connection is visible there alone
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
        assert connection.execute("pragma synchronous").fetchone() == (2,)


def test_nobody_else_may_read_the_file_and_its_log(file):
    before = os.umask(0)
    try:
        with closing(SqliteStore(file)) as store:
            store.add([event(1)])
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"events.sqlite": 0o600, "events.sqlite-shm": 0o600, "events.sqlite-wal": 0o600}


def test_a_file_that_others_could_read_is_closed_to_them(file):
    file.touch(0o644)
    with closing(SqliteStore(file)) as store:
        store.probe()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_acknowledged_outlives_a_killed_process(file):
    script = """
import os, signal, sys
from pathlib import Path
from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent
from accbooks_warehouse.pipelines.destinations.sqlite_events import SqliteStore
import datetime as dt
store = SqliteStore(Path(sys.argv[1]))
store.add([StoredEvent("cmp_1", "evt_1", "invoice.updated", b"{}", dt.datetime.now(dt.UTC))])
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", script, str(file)], check=False)
    assert killed.returncode == -9
    with closing(SqliteStore(file)) as store:
        assert [each.event_id for each in store.pending(10)] == ["evt_1"]


@pytest.mark.parametrize("content", [b"no database" * 1_000, b"SQLite format 3\x00" + b"\xff" * 4_096])
def test_a_file_that_is_no_store_is_named(file, content):
    file.write_bytes(content)
    with closing(SqliteStore(file)) as store:
        for call in (store.probe, lambda: store.add([event(1)]), lambda: store.pending(1), store.backlogs):
            with pytest.raises(
                StoreError, match=r"^The events in .*events\.sqlite cannot be stored or read \("
            ):
                call()
    assert file.read_bytes() == content


def test_a_folder_that_is_missing_is_an_error_until_it_is_there(tmp_path):
    folder = tmp_path / "later"
    with closing(SqliteStore(folder / "events.sqlite")) as store:
        with pytest.raises(StoreError, match=r"\(No such file or directory\)\.$"):
            store.add([event(1)])
        folder.mkdir()
        assert store.add([event(1)]) == {event(1).key}


def test_a_folder_in_the_place_of_the_file_is_an_error(file):
    file.mkdir()
    with closing(SqliteStore(file)) as store, pytest.raises(StoreError, match="unable to open database file"):
        store.probe()


def test_a_file_that_was_deleted_is_made_again(file):
    with closing(SqliteStore(file)) as store:
        store.add([event(1)])
        for each in file.parent.iterdir():
            each.unlink()
        assert store.add([event(1), event(2)]) == {event(1).key, event(2).key}
        with closing(SqliteStore(file)) as other:
            assert other.pending(10) == [event(1), event(2)]


def test_nothing_is_stored_in_a_folder_that_was_moved_away(tmp_path):
    folder, away = tmp_path / "books", tmp_path / "away"
    folder.mkdir()
    with closing(SqliteStore(folder / "events.sqlite")) as store:
        store.add([event(1)])
        folder.rename(away)
        with pytest.raises(StoreError):
            store.add([event(2)])
        away.rename(folder)
        assert store.add([event(2)]) == {event(2).key}
        assert store.pending(10) == [event(1), event(2)]


def test_a_file_that_is_not_ours_to_close_to_others_is_an_error(file, monkeypatch):
    def refuse(_: Path, __: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    with closing(SqliteStore(file)) as store:
        with monkeypatch.context() as patched:
            patched.setattr(Path, "chmod", refuse)
            with pytest.raises(StoreError, match=r"\(Operation not permitted\)\.$"):
                store.add([event(1)])
        assert store.add([event(1)]) == {event(1).key}


FULL = """
import datetime as dt, resource, signal, sys
from pathlib import Path
from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent, StoreError
from accbooks_warehouse.pipelines.destinations.sqlite_events import SqliteStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store, at = SqliteStore(Path(sys.argv[1])), dt.datetime.now(dt.UTC)
store.probe()
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, most))
for number in range(1_000):
    event = StoredEvent("cmp_1", f"evt_{number}", "invoice.updated", b"{}" * 5_000, at)
    try:
        store.add([event])
    except StoreError as error:
        print(number, error)
        break
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
print(store.add([event]) == {event.key}, len(store.pending(1_000)) == number + 1)
"""


def test_a_full_disk_is_an_error_and_storing_goes_on_when_there_is_space(file):
    ran = subprocess.run([sys.executable, "-c", FULL, str(file)], capture_output=True, text=True, check=True)
    failed, after = ran.stdout.splitlines()
    assert 0 < int(failed.split()[0]) < 100
    assert failed.endswith(("(disk I/O error).", "(database or disk is full)."))
    assert after == "True True"
    assert ran.stderr == ""


def test_a_file_that_another_program_locks_is_an_error_after_a_while(file, monkeypatch):
    monkeypatch.setattr("accbooks_warehouse.pipelines.destinations.event_store.BUSY_SECONDS", 0.1)
    with closing(SqliteStore(file)) as store:
        store.add([event(1)])
        with (
            closing(other_writer(StoreAddress(file=file))),
            pytest.raises(StoreError, match=r"\(database is locked\)\.$"),
        ):
            store.add([event(2)])
        assert store.add([event(2)]) == {event(2).key}


def test_the_log_does_not_grow_without_end(file):
    with closing(SqliteStore(file)) as store, closing(SqliteStore(file)) as reader:
        for number in range(200):
            store.add([replace(event(number), body=b" " * 50_000)])
            store.mark_done([event(number).key], AT)
            reader.pending(10)
            if number % 20 == 0:
                store.prune(AT + DAY)
        assert file.with_name("events.sqlite-wal").stat().st_size < 10_000_000


# PostgreSQL: the connection and its rights


@pytest.fixture
def postgres(events_database) -> Iterator[PostgresStore]:
    run_sql(events_database, "drop schema if exists accbooks_live cascade")
    with closing(PostgresStore(events_database)) as store:
        yield store


def end_sessions(database: str) -> None:
    run_sql(
        database,
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()",
    )


def test_a_connection_that_the_server_ended_is_opened_again(postgres, events_database):
    postgres.add([event(1)])
    end_sessions(events_database)
    assert postgres.add([event(2)]) == {event(2).key}
    end_sessions(events_database)
    assert postgres.pending(10) == [event(1), event(2)]
    end_sessions(events_database)
    postgres.mark_done([event(1).key], AT)
    end_sessions(events_database)
    assert [each.pending for each in postgres.backlogs()] == [1]


def test_a_server_that_takes_no_writes_stores_again_when_it_does(postgres, events_database):
    ((name,),) = run_sql(events_database, "select current_database()")
    postgres.add([event(1)])
    run_sql(events_database, f"alter database {name} set default_transaction_read_only = on")
    end_sessions(events_database)
    try:
        with pytest.raises(StoreError, match=r"read-only transaction\)\.$"):
            postgres.add([event(2)])
    finally:
        reset = f"alter database {name} reset default_transaction_read_only"
        run_sql(events_database, "set default_transaction_read_only = off", reset)
    assert postgres.add([event(2)]) == {event(2).key}


def test_tables_that_somebody_dropped_are_made_again(postgres, events_database):
    postgres.add([event(1)])
    run_sql(events_database, "drop schema accbooks_live cascade")
    with pytest.raises(StoreError, match="does not exist"):
        postgres.add([event(2)])
    assert postgres.add([event(2)]) == {event(2).key}


def test_a_commit_waits_for_the_disk_whatever_the_server_says(postgres, events_database):
    assert run_sql(events_database, "show synchronous_commit") == [("off",)]
    with postgres._transaction() as cursor:  # noqa: SLF001 - a setting of the transaction is visible there alone
        cursor.execute("show synchronous_commit")
        assert cursor.fetchone() == ("on",)
        cursor.execute("show lock_timeout")
        assert cursor.fetchone() == ("5s",)
    with postgres._transaction() as cursor:  # noqa: SLF001
        cursor.execute("show synchronous_commit")
        assert cursor.fetchone() == ("on",)


def test_a_server_that_waits_for_its_copies_goes_on_to_do_so(events_database):
    options = ("&" if "?" in events_database else "?") + "options=-c%20synchronous_commit%3Dremote_apply"
    with closing(PostgresStore(events_database + options)) as store, store._transaction() as cursor:  # noqa: SLF001
        cursor.execute("show synchronous_commit")
        assert cursor.fetchone() == ("remote_apply",)


def test_who_keeps_the_table_locked_is_not_waited_for_for_long(postgres, events_database, monkeypatch):
    module = "accbooks_warehouse.pipelines.destinations.postgres_events"
    monkeypatch.setattr(f"{module}.BEGINNING", "select set_config('lock_timeout', '100ms', true)")
    postgres.add([event(1)])
    with closing(psycopg2.connect(events_database)) as other:
        other.cursor().execute("lock table accbooks_live.webhook_events in exclusive mode")
        for call in (postgres.probe, lambda: postgres.add([event(2)])):
            with pytest.raises(StoreError, match="due to lock timeout"):
                call()
    postgres.probe()
    assert postgres.add([event(2)]) == {event(2).key}


def test_opening_the_store_does_not_wait_for_those_who_store(postgres, events_database):
    postgres.add([event(1)])
    with closing(other_writer(StoreAddress(postgres=events_database))) as busy:
        with busy.cursor() as cursor:
            cursor.execute("lock table accbooks_live.webhook_events in row exclusive mode")
        with closing(PostgresStore(f"{events_database}{timeout(events_database)}")) as other:
            other.probe()
            assert other.add([event(2)]) == {event(2).key}


def timeout(database: str) -> str:
    return ("&" if "?" in database else "?") + "options=-c%20lock_timeout%3D2000"


def test_a_user_who_may_only_write_needs_no_right_to_make_tables(postgres, events_database):
    postgres.probe()
    run_sql(
        events_database,
        "drop role if exists accbooks_test_events",
        "create role accbooks_test_events",
        "grant usage on schema accbooks_live to accbooks_test_events",
        "grant select, insert, update, delete on all tables in schema accbooks_live to accbooks_test_events",
    )
    options = ("&" if "?" in events_database else "?") + "options=-c%20role%3Daccbooks_test_events"
    try:
        with closing(PostgresStore(events_database + options)) as store:
            assert store.add([event(1)]) == {event(1).key}
            store.probe()
    finally:
        run_sql(events_database, "drop owned by accbooks_test_events", "drop role accbooks_test_events")


def test_stores_opened_at_once_make_the_tables_once(events_database):
    run_sql(events_database, "drop schema if exists accbooks_live cascade")
    errors: list[StoreError] = []
    together = threading.Barrier(6)

    def probe() -> None:
        with closing(PostgresStore(events_database)) as store:
            together.wait()
            try:
                store.probe()
            except StoreError as error:
                errors.append(error)

    threads = [threading.Thread(target=probe) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert errors == []


def test_a_server_that_does_not_answer_is_said_without_the_password():
    with closing(PostgresStore("postgresql://loader:secret@127.0.0.1:1/books")) as store:
        for call in (store.probe, store.backlogs, lambda: store.add([event(1)])):
            with pytest.raises(StoreError, match="The events in PostgreSQL cannot be stored") as failed:
                call()
            assert "secret" not in str(failed.value)
