"""Locks between processes; the end of a process releases its locks."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from accbooks_warehouse.pipelines.errors import WarehouseError
from filelock import FileLock, Timeout

POLL_SECONDS = 0.25
"""How often to try a lock again; waiting inside a library could not be interrupted."""

MOST_OF_A_NAME = 60
"""The most characters of a lock's name in its file name."""


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
    """A lock on a file for one thread of one process at a time; that thread may take it again."""

    _of_files: dict[Path, ReentrantLock] = {}  # noqa: RUF012 - every warehouse of a file takes the same turns
    _making = threading.Lock()

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.RLock()
        self._depth = 0
        self._lock = FileLock(path, thread_local=False)

    @classmethod
    def of(cls, path: Path) -> ReentrantLock:
        """Return the lock of a file."""
        with cls._making:
            if path not in cls._of_files:
                cls._of_files[path] = cls(path)
            return cls._of_files[path]

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the lock and keep it until the block ends."""
        while not self._thread.acquire(timeout=POLL_SECONDS):
            pass
        try:
            if self._depth == 0:
                acquired(self._attempt, self._path.name, wait=True)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._lock.release()
        finally:
            self._thread.release()

    def _attempt(self) -> bool:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True
