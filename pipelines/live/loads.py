"""Work of several companies side by side, each in a thread: who is slow keeps nobody else waiting."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from accbooks_warehouse.pipelines.live.batch import LoadedEvents
from accbooks_warehouse.pipelines.live.companies import LiveCompany
from accbooks_warehouse.pipelines.live.event_loader import CompanyEvents
from accbooks_warehouse.pipelines.sync.side_by_side import import_before_threads

MOST_AT_ONCE = 32
"""The most companies that are opened or loaded at once."""
PATIENCE_SECONDS = 1.0
"""How long what is loaded waits for the loads of other companies, so that one build has them all."""

logger = logging.getLogger(__name__)


class Loads:
    """Opens and loads companies in threads of their own; what is loaded waits to be built.

    `wake` is called when a thread ends. A company is busy until what is loaded of it was taken and built.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        import_before_threads()
        self._wake = wake
        self._changed = threading.Condition()
        self._companies: dict[str, LiveCompany] = {}
        self._under_way: dict[str, CompanyEvents] = {}
        self._left: set[str] = set()
        self._loaded: list[LoadedEvents] = []
        self._loaded_at = 0.0

    @property
    def has_room(self) -> bool:
        """Tell whether another company can begin."""
        with self._changed:
            return len(self._companies) < MOST_AT_ONCE

    def open(self, company: LiveCompany, task: Callable[[], None]) -> None:
        """Run a task of a company, which opens its books, in a thread."""
        self._start(company, task)

    def load(
        self, company: LiveCompany, work: CompanyEvents, task: Callable[[CompanyEvents], LoadedEvents]
    ) -> None:
        """Load the events of a company in a thread."""
        name = company.company.name

        def load() -> None:
            loaded = task(work)
            with self._changed:
                is_left = name in self._left
                if not is_left:
                    self._loaded_at = self._loaded_at if self._loaded else time.monotonic()
                    self._loaded.append(loaded)
            if is_left:
                loaded.locks.close()

        with self._changed:
            self._under_way[name] = work
        self._start(company, load)

    def _start(self, company: LiveCompany, task: Callable[[], None]) -> None:
        name = company.company.name

        def run() -> None:
            try:
                task()
            except Exception:
                logger.exception("A company could not be read after an error that nobody foresaw.")
            finally:
                with self._changed:
                    del self._companies[name]
                    self._under_way.pop(name, None)
                    self._left.discard(name)
                    company.note_work(is_under_way=any(each.name == name for each in self._loaded))
                    self._changed.notify_all()
                self._wake()

        with self._changed:
            self._companies[name] = company
            company.note_work(is_under_way=True)
        threading.Thread(target=run, daemon=True, name="accbooks-company").start()

    def seconds_left(self, now: float) -> float | None:
        """Return how long to wait until what is loaded is to be built; None if nothing is loaded."""
        with self._changed:
            if not self._loaded:
                return None
            return max(0.0, self._loaded_at + PATIENCE_SECONDS - now) if self._under_way else 0.0

    def take(self) -> list[LoadedEvents]:
        """Return what is loaded, to build it."""
        with self._changed:
            taken, self._loaded = self._loaded, []
            return taken

    def wait(self, seconds: float) -> None:
        """Wait until nothing is under way, for so many seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._companies, seconds)

    def leave(self) -> None:
        """Have loads under way make no more requests, and let others have their companies when they end."""
        with self._changed:
            self._left |= self._under_way.keys()
            for name, work in self._under_way.items():
                work.books.budget.close()
                self._companies[name].books = None
