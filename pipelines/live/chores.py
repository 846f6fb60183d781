"""What the service does beside reading events: it judges what no event told, parses dbt's project, prunes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import KEPT_FOR, EventStore, StoreError
from accbooks_warehouse.pipelines.errors import TransformError, WarehouseError
from accbooks_warehouse.pipelines.live.run_report import LiveLog
from accbooks_warehouse.pipelines.live.untold import UntoldChanges
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import RETRIED_FOR

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

A_MOMENT = 0.1
DAY_SECONDS = 24 * 60 * 60.0

NewTransforms = Callable[["Manifest | None"], Transforms]
"""Returns the transforms of today, which know the project as it was parsed before."""


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

    def warmed_up(self, parsed: Manifest | None, new_transforms: NewTransforms) -> Manifest | None:
        """Start dbt and parse the project, so that no event waits for it; returns the parsed project."""
        if parsed is None:
            try:
                with new_transforms(None) as transforms:
                    return transforms.dbt.manifest()
            except TransformError as error:  # a batch meets it again, and says so
                self._log.warning(str(error))
        return parsed

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
