"""Write events to the store in a thread of its own, many in one transaction where many arrive at once."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoredEvent, StoreError

MOST_AT_ONCE = 500
STORE_SECONDS = 8.0
"""How long an event may take to be stored: AccBooks waits ten seconds for the answer."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Waiting:
    """An event to store, and the future of the request that waits: whether it is new, or a StoreError."""

    event: StoredEvent
    loop: asyncio.AbstractEventLoop
    stored: asyncio.Future[bool]

    def succeed(self, *, is_new: bool) -> None:
        self._settle(lambda: self.stored.set_result(is_new))

    def fail(self, error: StoreError) -> None:
        self._settle(lambda: self.stored.set_exception(error))

    def _settle(self, settle: Callable[[], None]) -> None:
        def settle_unless_cancelled() -> None:
            if not self.stored.done():
                settle()

        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(settle_unless_cancelled)


class StoreWriter:
    """Stores events durably; `on_stored` is called with the number of new ones after each transaction."""

    def __init__(self, store: EventStore, on_stored: Callable[[int], None]) -> None:
        self._store = store
        self._on_stored = on_stored
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="webhook-store", daemon=True)
        self._thread.start()

    async def write(self, event: StoredEvent) -> bool:
        """Store an event; tells whether it is new.

        Raises StoreError if it could not be stored, or is not yet: then it may be stored later, which makes
        the next attempt a repeat.
        """
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[bool] = loop.create_future()
        self._queue.put(_Waiting(event, loop, stored))
        try:
            async with asyncio.timeout(STORE_SECONDS):
                return await stored
        except TimeoutError:
            raise StoreError(f"Storing takes longer than {STORE_SECONDS:.0f} seconds.") from None

    def close(self) -> None:
        """Store what waits, then end."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, is_last = [first], False
            while len(batch) < MOST_AT_ONCE and not is_last:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                is_last = following is None
                batch += [] if following is None else [following]
            self._store_all(batch)
            if is_last:
                break
        self._store.close()

    def _store_all(self, batch: list[_Waiting]) -> None:
        try:
            new = set(self._store.add([each.event for each in batch]))
        except StoreError as error:
            _fail(batch, error)
            return
        except Exception:  # this thread must go on: without it no request would be answered
            logger.exception("Events could not be stored.")
            _fail(batch, StoreError("An unexpected error is in the log."))
            return
        count = len(new)
        for each in batch:
            is_new = each.event.key in new
            new.discard(each.event.key)  # the same event twice in one batch is new once
            each.succeed(is_new=is_new)
        if count:
            self._on_stored(count)


def _fail(batch: Iterable[_Waiting], error: StoreError) -> None:
    for each in batch:
        each.fail(error)
