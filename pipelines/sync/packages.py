"""Read the packages of a load one after another, and load each that changes something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from itertools import chain

import dlt
from accbooks_warehouse.pipelines.destinations import StoredPipeline, Warehouse, remember
from accbooks_warehouse.pipelines.sync.memory import imports_kept_apart, release_unused_memory
from accbooks_warehouse.pipelines.sync.unchanged import changes_nothing, may_change_nothing
from accbooks_warehouse.sources.accbooks import (
    RECORD_RESOURCES,
    Addition,
    Extraction,
    ReadPackage,
    Writing,
    package_source,
    read_package,
)

FEW_ROWS = 20_000
"""The most rows of a package for which the database stays open: they fit in a load's memory limit."""


class Packages:
    """The packages of an extraction, for the pipeline of a configured company as it is `stored`."""

    def __init__(
        self, warehouse: Warehouse, company: str | None, extraction: Extraction, stored: StoredPipeline
    ) -> None:
        self._warehouse = warehouse
        self._company = company
        self._extraction = extraction
        self._stored = stored
        self._states = stored.states_of(extraction.books.company_id, RECORD_RESOURCES)
        self._open = ExitStack()
        self._pipeline: dlt.Pipeline | None = None

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Keep dlt's pipeline, once a package needs one, until the block ends; then maintain the tables."""
        with self._open:
            yield
            self._maintain()

    def load(self, resources: Sequence[str], writing: Writing | None = None) -> None:
        """Read the next package, and load it unless it changes nothing.

        `writing` overrides how its rows are written.
        """
        with imports_kept_apart():
            package = read_package(self._extraction, resources, self._states, writing)
            with self._kept_open_for(package):
                if not self._is_remembered(package):
                    self._load(package, resources)

    def _kept_open_for(self, package: ReadPackage) -> AbstractContextManager[None]:
        """Keep the database open while a small package is written: DuckDB takes a while to open a file."""
        changes = chain.from_iterable(package.changes.values())
        rows = sum(len(each.rows) if isinstance(each, Addition) else each.data.num_rows for each in changes)
        if rows > FEW_ROWS or not self._warehouse.exists():
            return nullcontext()
        return self._warehouse.loading(keeping_open=True)

    def _is_remembered(self, package: ReadPackage) -> bool:
        """Write only what was read, and how far, if the warehouse has the rest; returns whether it does.

        After a load by dlt the rest of the packages are loaded as well: its pipeline is restored only once.
        """
        warehouse, changes = self._warehouse, list(chain.from_iterable(package.changes.values()))
        if self._pipeline is not None or not may_change_nothing(self._stored, changes):
            return False
        with warehouse.loading(keeping_open=True):
            if not changes_nothing(warehouse, changes, package.company_id):
                return False
            added = [(each.table, each.rows) for each in changes if isinstance(each, Addition)]
            self._stored = remember(warehouse, self._stored, package.company_id, package.states, added)
        return True

    def _load(self, package: ReadPackage, resources: Sequence[str]) -> None:
        """Run dlt's steps one by one: an interrupt ends extraction at once, and a load only between jobs.

        Companies are extracted side by side, but only one loads at a time, as all create the same tables.
        """
        pipeline = self._restored()
        source = package_source(package).with_resources(*resources)
        pipeline.extract(source, loader_file_format="parquet")
        rows = sum(pipeline.normalize().row_counts.values())
        release_unused_memory()
        with self._warehouse.loading(keeping_open=rows <= FEW_ROWS):
            with self._warehouse.defining():
                pipeline.sync_schema()
            self._warehouse.fence_tables()
            pipeline.load()

    def _restored(self) -> dlt.Pipeline:
        """Return the pipeline, in step with the database."""
        if self._pipeline is None:
            self._pipeline = self._open.enter_context(self._warehouse.pipeline(self._company, loading=True))
            if self._warehouse.exists():
                with self._warehouse.loading(keeping_open=True):
                    self._pipeline.sync_destination()
        return self._pipeline

    def _maintain(self) -> None:
        if self._pipeline is not None:
            self._warehouse.maintain_raw_tables(self._pipeline)
