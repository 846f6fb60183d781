"""Read the packages of a load one after another, and load each that changes something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from itertools import chain

import dlt
from accbooks_warehouse.pipelines.destinations import Memory, StoredPipeline, Warehouse, remember_together
from accbooks_warehouse.pipelines.sync.memory import (
    forget_traces,
    imports_kept_apart,
    release_unused_memory,
)
from accbooks_warehouse.pipelines.sync.unchanged import changes_nothing, may_change_nothing
from accbooks_warehouse.pipelines.sync.warehouse_access import WarehouseAccess
from accbooks_warehouse.sources.accbooks import (
    RECORD_RESOURCES,
    Addition,
    Change,
    Extraction,
    ReadPackage,
    Replacement,
    Writing,
    package_source,
    read_package,
)

FEW_ROWS = 20_000
"""The most rows of a package for which the database stays open: they fit in a load's memory limit."""
MOST_ROWS_OF_A_PART = 5_000
"""The most rows of a package that waits for other companies' to be loaded with them."""


class Packages:
    """The packages of an extraction, for the pipeline of a configured company as it is `stored`."""

    def __init__(
        self,
        warehouse: Warehouse,
        company: str | None,
        extraction: Extraction,
        stored: StoredPipeline,
        access: WarehouseAccess[Part],
    ) -> None:
        self._warehouse = warehouse
        self._access = access
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
            part = Part(self, package, resources)
            if part.rows > MOST_ROWS_OF_A_PART:
                part.load_alone()
            else:
                self._access.load(part)

    @property
    def warehouse(self) -> Warehouse:
        """Return where the packages are loaded."""
        return self._warehouse

    @property
    def stored(self) -> StoredPipeline:
        """Return the company's pipeline as the database has it, unless dlt has it by now."""
        return self._stored

    @stored.setter
    def stored(self, stored: StoredPipeline) -> None:
        self._stored = stored

    @property
    def pipeline_name(self) -> str:
        """Return dlt's name of the pipeline."""
        return self._warehouse.pipeline_name(self._company)

    @property
    def is_with_dlt(self) -> bool:
        """Tell whether dlt has the company's pipeline, which then has to load the rest as well."""
        return self._pipeline is not None

    def load_by_dlt(self, package: ReadPackage, resources: Sequence[str]) -> None:
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
        forget_traces()

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


class Part:
    """A package that was read of a company, to be loaded alone or with those of others."""

    def __init__(self, packages: Packages, package: ReadPackage, resources: Sequence[str]) -> None:
        self.packages = packages
        self.package = package
        self.resources = resources

    @property
    def changes(self) -> Sequence[Change]:
        """Return what it changes; dlt takes it out table by table, so that its memory gets free."""
        return list(chain.from_iterable(self.package.changes.values()))

    @property
    def rows(self) -> int:
        """Return how many rows it has, of all tables."""
        return sum(
            len(each.rows) if isinstance(each, Addition) else each.data.num_rows for each in self.changes
        )

    @property
    def writings(self) -> dict[str, Writing]:
        """Return how each table is written that it replaces rows of."""
        return {each.table: each.writing for each in self.changes if isinstance(each, Replacement)}

    @property
    def may_change_nothing(self) -> bool:
        """Tell whether it is worth asking the warehouse if it changes anything.

        After a load by dlt the rest of the packages are loaded as well: its pipeline is restored only once.
        """
        return not self.packages.is_with_dlt and may_change_nothing(self.packages.stored, self.changes)

    @property
    def memory(self) -> Memory:
        """Return what to write down of it if it changes nothing."""
        added = [(each.table, each.rows) for each in self.changes if isinstance(each, Addition)]
        package, packages = self.package, self.packages
        return Memory(packages.stored, package.company_id, package.states, added, packages.pipeline_name)

    def load_alone(self) -> None:
        """Load it, or note what was read if it changes nothing."""
        if self.may_change_nothing and self._is_remembered():
            return
        with self._kept_open():
            self.packages.load_by_dlt(self.package, self.resources)

    def _is_remembered(self) -> bool:
        """Write only what was read, and how far, if the warehouse has the rest; returns whether it does.

        It is no load, so a connection that is open already will do.
        """
        warehouse = self.packages.warehouse
        with warehouse.kept_open():
            if not changes_nothing(warehouse, self.changes, self.package.company_id):
                return False
            (self.packages.stored,) = remember_together(warehouse, [self.memory])
        return True

    def _kept_open(self) -> AbstractContextManager[None]:
        """Keep the database open while a small package is written: DuckDB takes a while to open a file."""
        warehouse = self.packages.warehouse
        if self.rows > FEW_ROWS or not warehouse.exists():
            return nullcontext()
        return warehouse.loading(keeping_open=True)
