"""Access to the warehouse: companies that are read side by side use it in groups.

To open the database, to ask it a question, and to start a load take about as long for fifty companies as for
one. So many companies are under way at once; up to a number of jobs of them ask AccBooks, and the others wait
until enough of them need the warehouse. Then it is opened once, asked once, and loaded once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from accbooks_warehouse.pipelines.destinations import Warehouse

Answer = TypeVar("Answer")
Part = TypeVar("Part")

GROUP = 32
"""As many companies use the warehouse together: of more than these each one costs hardly less."""
UNDER_WAY = 3 * GROUP
"""The most companies under way: one group uses the warehouse, others are read, and the next one gathers."""
PATIENCE_SECONDS = 1.0
"""The longest that a company waits for others, where these take longer."""


WORTH_LENDING_SECONDS = 2.0
"""The shortest wait for a key's limit during which another company has the place."""

Load = Callable[[Sequence[Part]], list[Exception | None]]
"""Loads parts, each of another company; returns the error of each, if there was one."""


class WarehouseAccess(Generic[Part]):
    """Access of a company that is alone: it has the warehouse whenever it asks."""

    is_shared = False

    def __init__(self, warehouse: Warehouse, load: Load[Part]) -> None:
        self._warehouse = warehouse
        self._load = load

    @contextmanager
    def company(self) -> Iterator[None]:
        """Let a company be under way until the block ends, and ask AccBooks when there is room for it."""
        yield

    def ask(self, members: Collection[str], ask: Callable[[], Answer]) -> Answer:
        """Return what `ask` finds in the warehouse, which may ask of these members.

        In it, what a company asks of the warehouse is not to be written, and AccBooks is not to be asked.
        """
        with self._warehouse.together.asking(members):
            return ask()

    def load(self, part: Part) -> None:
        """Load what was read of a company; raises the error of it."""
        for error in self._load([part]):
            if error is not None:
                raise error

    def lend_place(self, seconds: float) -> None:
        """Note that the company waits so long for the limit of its key; it has no place to lend."""


@dataclass
class _Request:
    """What a company waits for: a question with its members, or a part to be loaded."""

    came_at: float
    members: Collection[str] = ()
    ask: Callable[[], Any] | None = None
    part: Any = None
    answer: Any = None
    error: BaseException | None = None


class SharedWarehouseAccess(WarehouseAccess[Part]):
    """Access of companies in threads, of which up to `jobs` ask AccBooks at once."""

    is_shared = True

    def __init__(self, warehouse: Warehouse, load: Load[Part], jobs: int) -> None:
        super().__init__(warehouse, load)
        self._room = threading.Semaphore(jobs)
        self._changed = threading.Condition()
        self._waiting: list[tuple[_Request, threading.Event]] = []
        self._busy = 0
        self._is_open = True
        threading.Thread(target=self._serve, daemon=True, name="accbooks-warehouse-access").start()

    def close(self) -> None:
        """Serve nobody any more: from now on each has the warehouse whenever it comes."""
        with self._changed:
            self._is_open = False
            self._changed.notify()

    @contextmanager
    def company(self) -> Iterator[None]:
        """Let a company be under way until the block ends, and ask AccBooks when there is room for it."""
        self._begin()
        try:
            yield
        finally:
            self._pause()

    def lend_place(self, seconds: float) -> None:
        """Let another company ask AccBooks while one waits so long for the limit of its key.

        It goes on in time, whether there is a place then or not: it takes the next one that gets free.
        """
        if seconds >= WORTH_LENDING_SECONDS:
            self._room.release()
            later = threading.Timer(seconds, self._room.acquire)
            later.daemon = True
            later.start()

    def ask(self, members: Collection[str], ask: Callable[[], Answer]) -> Answer:
        """Return what `ask` finds in the warehouse, when a group of companies asks."""
        if not self._is_open:
            return super().ask(members, ask)
        answer: Answer = self._wait(_Request(time.monotonic(), members, ask))
        return answer

    def load(self, part: Part) -> None:
        """Load what was read of a company, when a group of companies does."""
        if not self._is_open:
            super().load(part)
        else:
            self._wait(_Request(time.monotonic(), part=part))

    def _begin(self) -> None:
        with self._changed:
            self._busy += 1
        self._room.acquire()

    def _pause(self) -> None:
        self._room.release()
        with self._changed:
            self._busy -= 1
            self._changed.notify()

    def _wait(self, request: _Request) -> Any:
        done = threading.Event()
        self._room.release()
        with self._changed:
            self._waiting.append((request, done))
            self._busy -= 1
            self._changed.notify()
        done.wait()
        self._room.acquire()
        if request.error is not None:
            raise request.error
        return request.answer

    def _serve(self) -> None:
        while group := self._next_group():
            requests = [request for request, _ in group]
            try:
                self._take(requests)
            except BaseException as error:  # noqa: BLE001 - it is raised again in the threads that wait
                for request in requests:
                    request.error = request.error or error
            with self._changed:
                self._busy += len(group)  # at once, so that nobody takes them for gone
            for request, done in group:
                request.ask = request.part = None  # they would stay in memory until the next group
                done.set()

    def _next_group(self) -> list[tuple[_Request, threading.Event]]:
        """Return the next requests: many, or all there are, or those that waited long enough."""
        with self._changed:
            while True:
                left = PATIENCE_SECONDS
                if self._waiting:
                    left -= time.monotonic() - self._waiting[0][0].came_at
                    if len(self._waiting) >= GROUP or self._busy == 0 or left <= 0:
                        group, self._waiting = self._waiting, []
                        return group
                elif not self._is_open:
                    return []
                self._changed.wait(left if self._waiting else None)

    def _take(self, requests: Sequence[_Request]) -> None:
        """Load the parts of a group, then ask its questions."""
        with self._warehouse.loading(keeping_open=self._warehouse.exists()):
            self._load_parts([request for request in requests if request.ask is None])
            asking = [request for request in requests if request.ask is not None]
            with self._warehouse.together.asking([each for request in asking for each in request.members]):
                for request in asking:
                    self._answer(request)

    def _load_parts(self, requests: Sequence[_Request]) -> None:
        if not requests:
            return
        try:
            errors: Sequence[Exception | None] = self._load([request.part for request in requests])
        except Exception as error:  # noqa: BLE001 - as above
            errors = [error] * len(requests)
        for request, each in zip(requests, errors, strict=True):
            request.error = each

    def _answer(self, request: _Request) -> None:
        assert request.ask is not None  # noqa: S101 - only questions are answered
        try:
            request.answer = request.ask()
        except BaseException as error:  # noqa: BLE001 - as above: a closed pipe is a SystemExit
            request.error = error
