"""Build what is loaded of companies, and note for each what became of its events."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoreError
from accbooks_warehouse.pipelines.errors import TransformError
from accbooks_warehouse.pipelines.live.batch import Batch, BatchResult, LoadedEvents, is_built
from accbooks_warehouse.pipelines.live.companies import LiveCompany
from accbooks_warehouse.pipelines.live.reporter import Reporter
from accbooks_warehouse.pipelines.live.run_report import LiveLog
from accbooks_warehouse.pipelines.transform.models import Transforms

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


NewTransforms = Callable[["Manifest | None"], Transforms]
"""Returns the transforms of today, which know the project as it was parsed before."""


class Builder:
    """Builds and compares what is loaded; keeps dbt's project as it was parsed last."""

    def __init__(
        self,
        warehouse: Warehouse,
        store: EventStore,
        companies: Sequence[LiveCompany],
        new_transforms: NewTransforms,
        reporter: Reporter,
        log: LiveLog,
    ) -> None:
        self._warehouse = warehouse
        self._store = store
        self._companies = companies
        self._new_transforms = new_transforms
        self._reporter = reporter
        self._log = log
        self._is_apart = False
        self._parsed: Manifest | None = None
        self._parsed_version: str | None = None

    def batch(self) -> Batch:
        """Return a batch to load events with."""
        return Batch(self._warehouse, self._transforms(), self._log.announce)

    def warm_up(self) -> None:
        """Start dbt and parse the project, so that no event waits for it."""
        if self._parsed is None:
            try:
                with self._transforms() as transforms:
                    transforms.dbt.manifest()
                    self._keep_parsed(transforms)
            except TransformError as error:  # a batch meets it again, and says so
                self._log.warning(str(error))

    def _transforms(self) -> Transforms:
        """Return the transforms of today; what was parsed of another version of the project is not used."""
        transforms = self._new_transforms(self._parsed)
        is_other = self._parsed is not None and transforms.version != self._parsed_version
        return self._new_transforms(None) if is_other else transforms

    def _keep_parsed(self, transforms: Transforms) -> None:
        self._parsed, self._parsed_version = transforms.dbt.parsed, transforms.version

    def build(self, loads: list[LoadedEvents]) -> None:
        """Rebuild and compare what is loaded: together, or company by company after that failed."""
        for some in [[each] for each in loads] if self._is_apart else [loads]:
            if some:
                self._build_together(some)

    def _build_together(self, loads: Sequence[LoadedEvents]) -> None:
        names = {each.name for each in loads}
        companies = [each for each in self._companies if each.company.name in names]
        began = min(each.began for each in loads)
        try:
            with self._transforms() as transforms:
                batch = Batch(self._warehouse, transforms, self._log.announce, self._was_told_since)
                result = batch.prove(loads)
                self._keep_parsed(transforms)
        except Exception as error:  # noqa: BLE001 - the service goes on whatever happens
            self._is_apart = len(loads) > 1
            for company in companies:
                company.back_off(time.monotonic())
            self._reporter.failed("batch", began, error)
        else:
            self._is_apart = False
            self._note(result, loads)
            done = [each for some in loads for each in some.work.events if each.key in result.done]
            self._reporter.finished("batch", began, result.result, done, result.requests)
        finally:
            for each in loads:
                each.locks.close()
            for company in companies:
                company.note_work(is_under_way=False)

    def _was_told_since(self, company_id: str, moment: dt.datetime) -> bool:
        """Tell whether an event of a company came in after a moment; none if the store cannot be read."""
        try:
            waiting = self._store.waiting()
        except StoreError:
            return False
        return any(each.company_id == company_id and each.newest > moment for each in waiting)

    def _note(self, batch: BatchResult, loads: Sequence[LoadedEvents]) -> None:
        """Note for each company which of its events were read, and when to try the others again."""
        now, results = time.monotonic(), {each.name: each for each in batch.result.companies}
        companies = {each.company.name: each for each in self._companies}
        for each in loads:
            company, result = companies[each.name], results[each.name]
            left = [event for event in each.work.events if event.key not in batch.done]
            if is_built(result):
                company.succeeded([event for event in each.work.events if event.key in batch.done])
            if left and (said := company.failed(result, left, now)):
                self._log.warning(said)
