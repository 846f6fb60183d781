"""Threads for requests in flight that do not delay the end of the process.

They are daemon threads, unlike those of the standard library's pools. So an interrupted run ends at once and
does not wait for a response that may take a minute.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, Full, Queue, SimpleQueue
from typing import Generic, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Item = TypeVar("Item")
Waiting_co = TypeVar("Waiting_co", covariant=True)

NOTICE_SECONDS = 0.1
"""How often a producer checks whether its consumer has stopped."""


class Backlog(Protocol[Waiting_co]):
    """Waiting tasks, in an order that the backlog decides; tasks may be added while others are done."""

    def __len__(self) -> int:
        """Return how many tasks wait."""

    def pop(self) -> Waiting_co:
        """Remove and return the next task."""


@dataclass(frozen=True)
class Done(Generic[Task, Result]):
    """A task that has ended: with a result, or with an error."""

    task: Task
    result: Result | None = None
    error: Exception | None = None


class WorkerPool(Generic[Task, Result]):
    """Runs `do` for tasks, up to `at_once()` at a time."""

    def __init__(self, do: Callable[[Task], Result], at_once: Callable[[], int]) -> None:
        self._do = do
        self._at_once = at_once
        self._given: SimpleQueue[Done[Task, Result] | None] = SimpleQueue()
        self._done: SimpleQueue[Done[Task, Result]] = SimpleQueue()
        self._threads = 0
        self._busy = 0

    def work(self, backlog: Backlog[Task]) -> Iterator[Done[Task, Result]]:
        """Yield tasks as they end, in no order, until none waits; the backlog may grow meanwhile."""
        try:
            while len(backlog) or self._busy:
                while len(backlog) and self._busy < max(1, self._at_once()):
                    self._give(backlog.pop())
                yield self._done.get()
                self._busy -= 1
        finally:
            for _ in range(self._threads):
                self._given.put(None)

    def _give(self, task: Task) -> None:
        self._busy += 1
        if self._busy > self._threads:
            self._threads += 1
            threading.Thread(target=self._serve, daemon=True, name="accbooks-request").start()
        self._given.put(Done(task))

    def _serve(self) -> None:
        while (given := self._given.get()) is not None:
            try:
                self._done.put(Done(given.task, self._do(given.task)))
            except SystemExit:  # so rich ends a thread that prints to a pipe that nobody reads
                self._done.put(Done(given.task, error=BrokenPipeError("Nobody reads the output any more.")))
            except Exception as error:  # noqa: BLE001 - it is raised again where the result is awaited
                self._done.put(Done(given.task, error=error))


class Prefetch(Generic[Item]):
    """Runs an iterator in its own thread, at most `most` items ahead of the consumer."""

    def __init__(self, items: Iterator[Item], most: int) -> None:
        self._ready: Queue[Item | Exception | None] = Queue(most)
        self._abandoned = threading.Event()
        threading.Thread(target=self._run, args=(items,), daemon=True, name="accbooks-ahead").start()

    def take(self, seconds: float) -> Item | None:
        """Return the next item, None after the last one.

        Raises TimeoutError if there is none after so many seconds, and whatever the iterator raised.
        """
        try:
            item = self._ready.get(timeout=max(0.0, seconds))
        except Empty:
            raise TimeoutError from None
        if isinstance(item, Exception):
            raise item
        return item

    def abandon(self) -> None:
        """Stop the thread; no item can be taken any more."""
        self._abandoned.set()

    def _run(self, items: Iterator[Item]) -> None:
        end: Exception | None = None
        try:
            for item in items:
                if not self._put(item):
                    return
        except Exception as error:  # noqa: BLE001 - it is raised again where the item is awaited
            end = error
        self._put(end)

    def _put(self, item: Item | Exception | None) -> bool:
        """Offer an item; return whether the consumer still takes items."""
        while not self._abandoned.is_set():
            try:
                self._ready.put(item, timeout=NOTICE_SECONDS)
            except Full:
                continue
            return True
        return False
