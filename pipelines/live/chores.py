"""What the service does beside reading events: it judges what no event told, and deletes old events."""

from __future__ import annotations

import datetime as dt
import time

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import KEPT_FOR, EventStore, StoreError
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.live.run_report import LiveLog
from accbooks_warehouse.pipelines.live.untold import UntoldChanges
from accbooks_warehouse.sources.accbooks import RETRIED_FOR

A_MOMENT = 0.1
DAY_SECONDS = 24 * 60 * 60.0


class Chores:
    """What is due between batches and after a sync; what fails is reported, and tried again."""

    def __init__(self, warehouse: Warehouse, store: EventStore, log: LiveLog) -> None:
        self._store = store
        self._log = log
        self._untold = UntoldChanges(warehouse, store)
        self._pruned_at: float | None = None

    @property
    def seconds_left(self) -> float | None:
        """Return how long it is until there is something to judge; None if there is nothing."""
        left = self._untold.seconds_left
        return None if left is None else max(A_MOMENT, left + A_MOMENT)

    def judge(self) -> None:
        """Report changes that no event told."""
        try:
            text = self._untold.judged()
        except StoreError as error:
            text = str(error)
        if text is not None:
            self._log.warning(text)

    def note_sync(self, began_at: dt.datetime) -> None:
        """Note what a sync saw that began then."""
        try:
            self._untold.note_sync(began_at)
        except (StoreError, WarehouseError) as error:
            self._log.warning(str(error))

    def prune(self) -> None:
        """Delete old events, once a day."""
        now = time.monotonic()
        if self._pruned_at is not None and now - self._pruned_at < DAY_SECONDS:
            return
        try:
            self._store.prune(dt.datetime.now(dt.UTC) - max(KEPT_FOR, RETRIED_FOR))
            self._pruned_at = now
        except StoreError as error:
            self._log.warning(str(error))
