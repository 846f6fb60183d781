import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres
from accbooks_warehouse.pipelines.destinations.locks import (
    LockedByAnotherRunError,
    ReentrantLock,
    SessionLocks,
    acquired,
    file_lock,
)
from accbooks_warehouse.pipelines.errors import WarehouseError

SECONDS = 10
HOLDER = """
import sys
from pathlib import Path
from accbooks_warehouse.pipelines.destinations.locks import ReentrantLock, file_lock
path = Path(sys.argv[2])
with ReentrantLock.of(path).taken() if sys.argv[1] == "turn" else file_lock(path, "lock", wait=False):
    print("held", flush=True)
    sys.stdin.read()
"""

Lock = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str, Path], subprocess.Popen[str]]]:
    """Have another process hold a file's lock or turn, until it is killed."""
    with ExitStack() as stack:

        def held(kind: str, path: Path) -> subprocess.Popen[str]:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", HOLDER, kind, str(path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            return process

        yield held


@pytest.fixture
def elsewhen() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


class Inside:
    """A thread that takes a lock, says so, and keeps it until it is let go."""

    def __init__(self, pool: ThreadPoolExecutor, lock: AbstractContextManager[None]) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()
        self.ended: Future[None] = pool.submit(self._work, lock)

    def _work(self, lock: AbstractContextManager[None]) -> None:
        with lock:
            self.entered.set()
            assert self.leave.wait(SECONDS)

    def end(self) -> None:
        self.leave.set()
        self.ended.result(SECONDS)


def is_refused(lock: AbstractContextManager[None]) -> bool:
    try:
        with lock:
            return False
    except LockedByAnotherRunError:
        return True


def test_what_succeeds_at_once_is_tried_once_and_what_fails_is_refused_by_its_name() -> None:
    tries: list[int] = []
    acquired(lambda: not tries.append(1), "models", wait=False)
    assert tries == [1]
    with pytest.raises(LockedByAnotherRunError, match="Another run has locked models") as refused:
        acquired(lambda: False, "models", wait=False)
    assert refused.value.name == "models"


def test_what_is_waited_for_is_tried_until_it_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accbooks_warehouse.pipelines.destinations.locks.POLL_SECONDS", 0.001)
    outcomes = iter((False, False, True))
    acquired(lambda: next(outcomes), "models", wait=True)
    assert list(outcomes) == []


class OfAFile:
    """Locks of files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lock(self, name: str, *, wait: bool = False) -> AbstractContextManager[None]:
        return file_lock(self._folder / name, name, wait=wait)


class OfASession:
    """Locks of PostgreSQL, and how many sessions were opened for them."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.sessions: list[Any] = []
        self._locks = SessionLocks(self._connect)

    def _connect(self) -> Any:
        self.sessions.append(psycopg2.connect(self._address))
        self.sessions[-1].autocommit = True
        return self.sessions[-1]

    def lock(self, name: str, *, wait: bool = False) -> AbstractContextManager[None]:
        return self._locks.lock(name, wait=wait)


@pytest.fixture(scope="module")
def address(new_database: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    with new_database() as made:
        yield made


@pytest.fixture(params=["file", "postgres"])
def two_runs(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Lock, Lock]:
    """How two runs take a lock of one warehouse."""
    if request.param == "file":
        return OfAFile(tmp_path).lock, OfAFile(tmp_path).lock
    address = request.getfixturevalue("address")
    return OfASession(address).lock, OfASession(address).lock


def test_a_lock_is_held_once_by_one_run_and_by_nobody_afterwards(two_runs: tuple[Lock, Lock]) -> None:
    ours, theirs = two_runs
    with ours("company comp_1"):
        with (
            pytest.raises(LockedByAnotherRunError, match="has locked company comp_1"),
            theirs("company comp_1"),
        ):
            pass
        assert is_refused(ours("company comp_1"))
        assert not is_refused(theirs("company comp_2"))
    assert not is_refused(theirs("company comp_1"))
    assert not is_refused(ours("company comp_1"))


@pytest.mark.parametrize("kind", [DuckDB, Postgres])
def test_locks_of_companies_whose_ids_are_alike_are_two(
    kind: type, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    place = str(tmp_path / "copy.duckdb") if kind is DuckDB else request.getfixturevalue("address")
    warehouse = kind(place)
    with warehouse.lock("company a-b"), warehouse.lock("company a.b"), warehouse.lock("company A-b"):
        assert is_refused(kind(place).lock("company a-b"))


def test_a_lock_ends_with_an_error_inside_it(two_runs: tuple[Lock, Lock]) -> None:
    ours, theirs = two_runs
    with pytest.raises(ZeroDivisionError), ours("models"):
        raise ZeroDivisionError
    assert not is_refused(theirs("models"))


def test_who_waits_for_a_lock_gets_it_when_it_is_let_go(
    two_runs: tuple[Lock, Lock], elsewhen: ThreadPoolExecutor
) -> None:
    ours, theirs = two_runs
    with ours("models"):
        waiting = Inside(elsewhen, theirs("models", wait=True))
        assert not waiting.entered.wait(0.1)
    assert waiting.entered.wait(SECONDS)
    assert is_refused(ours("models"))
    waiting.end()


def test_a_lock_of_a_file_ends_with_the_process_that_holds_it(
    tmp_path: Path, elsewhere: Callable[[str, Path], subprocess.Popen[str]]
) -> None:
    process = elsewhere("lock", tmp_path / "models")
    lock = OfAFile(tmp_path).lock
    assert is_refused(lock("models"))
    process.kill()
    process.wait()
    assert not is_refused(lock("models"))


def test_all_locks_of_a_run_are_in_one_session_that_ends_with_the_last(address: str) -> None:
    ours = OfASession(address)
    with ours.lock("models"), ours.lock("company comp_1"):
        assert len(ours.sessions) == 1
    assert ours.sessions[0].closed
    with ours.lock("models"):
        pass
    assert len(ours.sessions) == 2


def test_a_refusal_leaves_no_session_open(address: str) -> None:
    ours, theirs = OfASession(address), OfASession(address)
    with ours.lock("models"):
        assert is_refused(theirs.lock("models"))
        assert [session.closed for session in theirs.sessions] == [1]
        assert not ours.sessions[0].closed


def end_by_the_server(session: Any, address: str) -> None:
    with closing(psycopg2.connect(address)) as other, other.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s, 10000)", (session.info.backend_pid,))


def test_a_session_that_the_server_ended_is_let_go_in_peace_and_its_locks_with_it(address: str) -> None:
    ours, theirs = OfASession(address), OfASession(address)
    with ours.lock("models"):
        end_by_the_server(ours.sessions[0], address)
        assert not is_refused(theirs.lock("models"))
    assert not is_refused(ours.lock("models"))


def test_who_lost_its_locks_with_the_session_is_told_when_it_asks_for_the_next(address: str) -> None:
    ours = OfASession(address)
    with ours.lock("company comp_1"):
        end_by_the_server(ours.sessions[0], address)
        with pytest.raises(WarehouseError, match="another run may have started"), ours.lock("tables"):
            pass
    with ours.lock("company comp_1"), ours.lock("tables"):
        pass


def test_no_server_ends_the_session_of_locks_for_being_idle(address: str) -> None:
    with closing(psycopg2.connect(address)) as other:
        other.autocommit = True
        database = other.info.dbname
        other.cursor().execute(f"alter database {database} set idle_session_timeout = '100ms'")
        try:
            with Postgres(address).lock("models"), closing(psycopg2.connect(address)) as idle:
                assert select.select([idle], [], [], SECONDS)[0], "the server ends those that are idle"
                assert is_refused(OfASession(address).lock("models"))
        finally:
            other.cursor().execute(f"alter database {database} reset idle_session_timeout")


def test_a_turn_is_one_for_a_file_and_can_be_taken_within_itself(tmp_path: Path) -> None:
    exclusive_access = ReentrantLock.of(tmp_path / "turn")
    assert ReentrantLock.of(tmp_path / "turn") is exclusive_access
    assert ReentrantLock.of(tmp_path / "other") is not exclusive_access
    with exclusive_access.taken():
        with exclusive_access.taken():
            pass
        assert is_refused(OfAFile(tmp_path).lock("turn"))
    assert not is_refused(OfAFile(tmp_path).lock("turn"))


def test_another_thread_gets_its_turn_when_the_first_has_ended(
    tmp_path: Path, elsewhen: ThreadPoolExecutor
) -> None:
    exclusive_access = ReentrantLock.of(tmp_path / "turn")
    with exclusive_access.taken():
        other = Inside(elsewhen, exclusive_access.taken())
        assert not other.entered.wait(0.1)
    assert other.entered.wait(SECONDS)
    other.end()
    with exclusive_access.taken():
        pass


def test_another_process_s_turn_is_waited_for_and_ends_with_it(
    tmp_path: Path,
    elsewhere: Callable[[str, Path], subprocess.Popen[str]],
    elsewhen: ThreadPoolExecutor,
) -> None:
    process = elsewhere("turn", tmp_path / "turn")
    ours = Inside(elsewhen, ReentrantLock.of(tmp_path / "turn").taken())
    assert not ours.entered.wait(0.1)
    process.kill()
    process.wait()
    assert ours.entered.wait(SECONDS)
    ours.end()


def test_what_is_idle_keeps_the_file_locked_until_its_break_is_over(tmp_path: Path) -> None:
    turn, closed = ReentrantLock.of(tmp_path / "turn"), threading.Event()
    with turn.taken():
        turn.leave_idle("mine", closed.set)
    assert is_refused(OfAFile(tmp_path).lock("turn"))
    assert closed.wait(SECONDS)
    with turn.taken():  # once it is closed
        pass
    assert not is_refused(OfAFile(tmp_path).lock("turn"))


def test_what_is_idle_is_closed_before_anyone_but_its_owner_has_the_turn(tmp_path: Path) -> None:
    turn, closed = ReentrantLock.of(tmp_path / "turn"), []
    with turn.taken():
        turn.leave_idle("mine", partial(closed.append, "first"))
    with turn.taken(resuming="mine"):
        assert closed == []
        turn.leave_idle("mine", partial(closed.append, "second"))
    with turn.taken(resuming="another's"):
        assert closed == ["second"]
    with turn.taken():
        turn.leave_idle("mine", partial(closed.append, "third"))
    with turn.taken():
        assert closed == ["second", "third"]
    turn.close_idle()
    assert closed == ["second", "third"]
    assert not is_refused(OfAFile(tmp_path).lock("turn"))


def test_what_is_idle_can_be_closed_at_once(tmp_path: Path) -> None:
    turn, closed = ReentrantLock.of(tmp_path / "turn"), []
    with turn.taken():
        turn.leave_idle("mine", partial(closed.append, "closed"))
    turn.close_idle()
    assert closed == ["closed"]
    assert not is_refused(OfAFile(tmp_path).lock("turn"))


def test_what_cannot_be_closed_after_a_break_keeps_no_other_process_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    turn = ReentrantLock.of(tmp_path / "turn")

    def fail() -> None:
        raise OSError("no space left on device")

    with turn.taken():
        turn.leave_idle("mine", fail)
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(SECONDS)
    assert not is_refused(OfAFile(tmp_path).lock("turn"))
    assert "could not be closed" in caplog.text


def test_a_server_without_room_for_another_lock_is_named(address: str) -> None:
    run, fill = (
        OfASession(address),
        "select pg_advisory_lock(number) from generate_series(1, 10000000) as number",
    )
    with closing(psycopg2.connect(address)) as others, ExitStack() as locks:
        others.autocommit = True
        locks.enter_context(run.lock("the first company"))
        with pytest.raises(psycopg2.Error, match="out of shared memory"):
            others.cursor().execute(fill)
        with pytest.raises(WarehouseError, match="no room for more locks"):
            locks.enter_context(run.lock("the second company"))
        others.cursor().execute("select pg_advisory_unlock_all()")
        locks.enter_context(run.lock("the second company"))
