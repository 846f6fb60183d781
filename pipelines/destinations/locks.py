"""Locks between processes; the end of a process releases its locks."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accbooks_warehouse.pipelines.errors import WarehouseError
from filelock import FileLock, Timeout

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
"""How often to try a lock again; waiting inside a library could not be interrupted."""

IDLE_SECONDS = 0.2
"""How long something may stay open when nothing uses it.

Batches of events are half a second apart: another program that waits tries at least once between two.
"""

MOST_OF_A_NAME = 60
"""The most characters of a lock's name in its file name."""

OUT_OF_MEMORY = "53200"
"""The SQLSTATE of a server whose table of locks is full."""


class LockedByAnotherRunError(WarehouseError):
    """A lock is held by another run, and was not to be waited for; `name` is the lock's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Another run has locked {name}.")
        self.name = name


def acquired(attempt: Callable[[], bool], name: str, *, wait: bool) -> None:
    """Try until an attempt succeeds, once if there is no `wait`; raises LockedByAnotherRunError."""
    while not attempt():
        if not wait:
            raise LockedByAnotherRunError(name)
        time.sleep(POLL_SECONDS)


def lock_file(folder: Path, name: str) -> Path:
    """Return the file of a lock; different names never share one."""
    readable = re.sub(r"\W", "_", name, flags=re.ASCII)[:MOST_OF_A_NAME]
    return folder / f"{readable}-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"


@contextmanager
def file_lock(path: Path, name: str, *, wait: bool) -> Iterator[None]:
    """Lock a file, which is created for it and stays; the system unlocks it when the process ends."""
    lock = FileLock(path, thread_local=False)

    def attempt() -> bool:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    acquired(attempt, name, wait=wait)
    try:
        yield
    finally:
        lock.release()


class SessionLocks:
    """PostgreSQL's advisory locks, all in one session that is open while there are locks.

    A session may take the same lock twice, so this process also remembers which it has. If the server ends
    the session, its locks are lost, and taking the next one raises an error.
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._session: Any = None
        self._held: set[str] = set()
        self._mutex = threading.Lock()

    @contextmanager
    def lock(self, name: str, *, wait: bool) -> Iterator[None]:
        """Hold a lock; raises LockedByAnotherRunError if it is held and not to be waited for.

        Raises WarehouseError if the session with the earlier locks has ended.
        """
        try:
            acquired(lambda: self._take(name), name, wait=wait)
        except BaseException:
            self._end_session_if_idle()
            raise
        try:
            yield
        finally:
            self._let_go(name)

    def _take(self, name: str) -> bool:
        with self._mutex:
            if name in self._held:
                return False
            if self._session is None:
                self._session = self._connect()
            try:
                taken = self._ask("pg_try_advisory_lock", name)
            except Exception as error:
                if getattr(error, "pgcode", None) == OUT_OF_MEMORY:
                    raise WarehouseError(
                        "PostgreSQL has no room for more locks: a run takes two for each company. Raise its "
                        "max_locks_per_transaction, or sync fewer companies in one run."
                    ) from error
                raise WarehouseError(
                    "PostgreSQL closed the session that locked these companies, so another run may have "
                    "started. What was loaded is kept. Run again to finish."
                ) from error
            if taken:
                self._held.add(name)
            return taken

    def _let_go(self, name: str) -> None:
        with self._mutex:
            self._held.discard(name)
            # unlock, as the server may notice late that a session was closed; one that it ended has no locks
            with suppress(Exception):
                self._ask("pg_advisory_unlock", name)
        self._end_session_if_idle()

    def _end_session_if_idle(self) -> None:
        with self._mutex:
            if self._session is not None and not self._held:
                self._session.close()
                self._session = None

    def _ask(self, function: str, name: str) -> bool:
        with self._session.cursor() as cursor:
            cursor.execute(f"select {function}(hashtextextended(%s, 0))", (f"accbooks {name}",))
            return bool(cursor.fetchone()[0])


class ReentrantLock:
    """A lock on a file for one thread of one process at a time; that thread may take it again.

    What is expensive to open may stay open for a moment when nothing uses it: see `leave_idle`.
    """

    _of_files: dict[Path, ReentrantLock] = {}  # noqa: RUF012 - every warehouse of a file takes the same turns
    _making = threading.Lock()

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.RLock()
        self._depth = 0
        self._lock = FileLock(path, thread_local=False)
        self._idle: _Idle | None = None

    @classmethod
    def of(cls, path: Path) -> ReentrantLock:
        """Return the lock of a file."""
        with cls._making:
            if path not in cls._of_files:
                cls._of_files[path] = cls(path)
            return cls._of_files[path]

    @contextmanager
    def taken(self, resuming: object = None) -> Iterator[None]:
        """Wait for the lock and keep it until the block ends.

        Whatever `leave_idle` left open is closed first, unless `resuming` names its owner.
        """
        while not self._thread.acquire(timeout=POLL_SECONDS):
            pass
        try:
            if self._idle is not None and (resuming is None or self._idle.owner is not resuming):
                self.close_idle()
            if self._depth == 0 and not self._lock.is_locked:
                acquired(self._attempt, self._path.name, wait=True)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._unlock()
        finally:
            self._thread.release()

    def leave_idle(self, owner: object, close: Callable[[], None]) -> None:
        """Leave something open when the lock is given back, which keeps the file locked for other processes.

        `close` is called after IDLE_SECONDS, or before anyone but the owner takes the lock; if it was taken
        up again by then, it has nothing to close. Only the thread that has the lock may call this.
        """
        self._idle = _Idle(owner, close)

    def close_idle(self) -> None:
        """Close what was left open, if there is anything; another thread that has the lock did so."""
        if self._thread.acquire(blocking=False):
            try:
                idle, self._idle = self._idle, None
                try:
                    if idle is not None:
                        idle.close()
                finally:
                    if self._depth == 0:
                        self._lock.release()
            finally:
                self._thread.release()

    def _unlock(self) -> None:
        """Unlock the file, or else let what is idle be closed in a moment."""
        if self._idle is None:
            self._lock.release()
            return
        timer = threading.Timer(IDLE_SECONDS, self._idle_too_long, (self._idle,))
        timer.daemon = True
        timer.start()

    def _idle_too_long(self, idle: _Idle) -> None:
        """Close what is idle; what was written is committed already, so a failure is only logged."""
        if idle is self._idle:
            try:
                self.close_idle()
            except Exception:
                logger.warning("What was left open could not be closed", exc_info=True)

    def _attempt(self) -> bool:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True


@dataclass(frozen=True, eq=False)
class _Idle:
    """What is left open while nothing uses it: whose it is, and how to close it."""

    owner: object
    close: Callable[[], None]
