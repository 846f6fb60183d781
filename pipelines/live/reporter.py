"""Report batches and syncs, and mark the events that they brought into the models as done."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Sequence

from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoredEvent, StoreError
from accbooks_warehouse.pipelines.errors import TransformError, WarehouseError
from accbooks_warehouse.pipelines.live.companies import LiveCompany
from accbooks_warehouse.pipelines.live.run_report import LiveLog, RunReport
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.sources.accbooks import AccBooksError

logger = logging.getLogger(__name__)


class Reporter:
    """Reports what ended. Events received before `lags_since` say nothing of how long events wait."""

    def __init__(self, store: EventStore, companies: Sequence[LiveCompany], log: LiveLog) -> None:
        self._store = store
        self._companies = companies
        self._log = log
        self.lags_since = dt.datetime.min.replace(tzinfo=dt.UTC)

    def finished(
        self, kind: str, began: float, result: SyncResult, done: Sequence[StoredEvent], requests: int = 0
    ) -> None:
        """Mark events as done, and report a batch or a sync that began then, by the monotonic clock."""
        judged = {each.name for each in result.companies if each.books and not each.error}
        for each in self._companies:
            if each.company.name in judged:
                each.note_findings(result.findings.of(each.company_id or each.company.name))
        at = dt.datetime.now(dt.UTC)
        try:
            self._store.mark_done([each.key for each in done], at)
        except StoreError as error:  # they will be read again, which does no harm
            self._log.warning(str(error))
        lags = tuple(
            (at - each.received_at).total_seconds() for each in done if each.received_at >= self.lags_since
        )
        trouble = next((each.trouble for each in self._companies if each.trouble), None)
        seconds = time.monotonic() - began
        self._log.ran(RunReport(kind, seconds, result, len(done), requests, lags, trouble))

    def failed(self, kind: str, began: float, error: Exception) -> None:
        """Report an error because of which no company was read."""
        interrupts.check()
        is_expected = isinstance(error, AccBooksError | TransformError | WarehouseError)
        logger.log(logging.DEBUG if is_expected else logging.WARNING, "A %s failed.", kind, exc_info=True)
        trouble = str(error) if is_expected else "A run failed; events wait and are tried again."
        self._log.ran(RunReport(kind, time.monotonic() - began, error=error, trouble=trouble))
