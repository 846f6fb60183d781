"""Loading one company: records first, then the reports that prove them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import dlt
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import RAW, Warehouse, causes, is_outside_error
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.sync.memory import give_back, imports_kept_apart, limit_malloc
from accbooks_warehouse.pipelines.sync.raw_rows import Damage
from accbooks_warehouse.sources.accbooks import (
    COMPANY,
    KEPT_PAGES,
    RECORD_RESOURCES,
    REJECTED_RECORDS,
    REPORT_RESOURCES,
    AccBooksError,
    Extraction,
    KeptPagesStore,
    PackageSize,
    PagesByWindow,
    Reading,
    Reports,
    Window,
    Writing,
    bookmarks_of,
    books,
    due,
    pages_by_window,
)
from dlt.pipeline.exceptions import PipelineStepFailed

FEW_ROWS = 20_000
"""So many rows are held easily in the memory that a load may take: the database can be kept open for them."""
NO_REPORTS: Reports = MappingProxyType({})
Plan = Callable[[], Reports | None]
"""Asked, with the database open, which reports to fetch; None are those of all months of the records read."""


class Loader:
    """Loads what a reading asks for into a warehouse."""

    def __init__(self, warehouse: Warehouse, company: Company, reading: Reading) -> None:
        self._warehouse = warehouse
        self._pipeline_name = company.pipeline_name
        self.settings = company.settings
        self._size = PackageSize(company.settings.package_records, company.settings.package_seconds)
        self.reading = reading
        reading.keeps_what_is_complete = True
        reading.quoted = warehouse.quoted
        limit_malloc()

    def load_records(self, only: Sequence[str] = (), plan: Plan = lambda: NO_REPORTS) -> None:
        """Load what is due of every record resource, or of those in `only`; every table is made.

        The reports' tables are made with the others, by the first load: whatever cuts off that one, nothing
        built on them has to ask whether they are there. It fetches the reports of the `plan` too, if they
        can be asked for within the minute; else load_reports has to.
        """
        self.reading.only = [name for name in RECORD_RESOURCES if not only or name in only] or ["nothing"]
        self._load(
            [*RECORD_RESOURCES, REJECTED_RECORDS, KEPT_PAGES], plan, in_first=REPORT_RESOURCES, going_on=True
        )

    def mend(self, damage: Damage) -> None:
        """Read again what was damaged in the raw tables, and write it whether or not AccBooks changed it."""
        if damage.lists:
            self.reading.only = sorted(damage.lists)
            with self._writing(Writing.ANEW):
                self._load([*self.reading.only, REJECTED_RECORDS])
        if damage.windows and not self.reading.is_stopped:
            self.load_again(damage.windows)
        if damage.reports and not self.reading.is_stopped:
            reports = {name: sorted(each, key=str) for name, each in damage.reports.items()}
            self.load_reports(reports, repairing=True)

    def load_reports(self, reports: Reports, *, repairing: bool = False) -> None:
        """Load these reports, each replacing the version held before."""
        self.reading.report_reason = "repair" if repairing else "report"
        with self._writing(Writing.ANEW if repairing else Writing.CHANGES):
            self._load([name for name, requests in reports.items() if requests], lambda: reports)

    def load_probes(self) -> None:
        """Load the reports that were fetched outside of a load, and not loaded with one since."""
        self._load(sorted({each.report.name for each in self.reading.probes}))

    def load_again(self, windows: Mapping[str, Sequence[Window]]) -> None:
        """Read these windows of these dated lists once more, whatever is due; load the probes, too."""
        due = self.reading.request
        self.reading.request = replace(due, windows=windows, reason="repair", scrub={})
        self.reading.only = list(windows)
        probed = {each.report.name for each in self.reading.probes}
        try:
            with self._writing(Writing.ANEW):
                self._load([*windows, REJECTED_RECORDS, *sorted(probed)])
        finally:
            self.reading.request = due

    @contextmanager
    def _writing(self, writing: Writing) -> Iterator[None]:
        before, self.reading.writing = self.reading.writing, writing
        try:
            yield
        finally:
            self.reading.writing = before

    def _load(
        self,
        resources: Sequence[str],
        plan: Plan = lambda: NO_REPORTS,
        in_first: Sequence[str] = (),
        *,
        going_on: bool = False,
    ) -> None:
        """Run dlt over some resources, in the first package over the reports of the `plan` as well.

        In the first load of all that package has those `in_first`, too. `going_on` takes up what a limit has
        left unfinished. What went wrong inside comes out as it was raised there.
        """
        if not resources:
            return
        try:
            with self._warehouse.pipeline(self._pipeline_name, loading=True) as pipeline:
                self._run(pipeline, resources, plan, in_first, going_on=going_on)
                self._warehouse.maintain_raw_tables(pipeline)
        except PipelineStepFailed as error:
            interrupts.check()
            raise root_cause(error, self._warehouse) from error

    def _run(
        self,
        pipeline: dlt.Pipeline,
        resources: Sequence[str],
        plan: Plan,
        in_first: Sequence[str],
        *,
        going_on: bool,
    ) -> None:
        """Load package by package, each with the state that says how far it reaches.

        Raises the AccBooksError that stopped the reading when what is complete is loaded.
        """
        extraction = Extraction(self.reading, self._size)
        with self._warehouse.loading(), self._warehouse.kept_open():
            # before dlt opens the database, within the memory that a load may take
            if self._warehouse.exists():
                self._warehouse.widen()
                pipeline.sync_destination()
            self.reading.report_requests = reports = self._plan_going_on(plan) if going_on else plan()
            is_first = not self._warehouse.holds(pipeline, self.reading.company_id)
        names = REPORT_RESOURCES if reports is None else [name for name, each in reports.items() if each]
        first = dict.fromkeys([*resources, *names, *(in_first if is_first else ())])
        try:
            with self._writing(Writing.FIRST if is_first else self.reading.writing):
                self._load_package(pipeline, extraction, list(first))
            while extraction.is_under_way:
                self.reading.progress.loaded(self.reading.outcome.records.total())
                self._load_package(pipeline, extraction, resources)
        finally:
            extraction.abandon()
        if self.reading.outcome.failure is not None:
            raise self.reading.outcome.failure

    def _plan_going_on(self, plan: Plan) -> Reports | None:
        """Take up the sync that a limit ended, as far as there is something left of it, and plan."""
        reading, warehouse = self.reading, self._warehouse
        states = warehouse.resource_states(self._pipeline_name) if warehouse.exists() else {}
        bookmarks = bookmarks_of(states, reading.company_id)
        reading.kept_pages = KeptPagesStore(reading.company_id, self._kept_pages())
        reading.unfinished = bookmarks[COMPANY.name].unfinished if reading.is_whole else None
        reports = plan()
        if reading.unfinished is None or due(reading, bookmarks) or reports is None or any(reports.values()):
            return reports
        reading.unfinished = None
        return plan()

    def _kept_pages(self) -> PagesByWindow:
        warehouse = self._warehouse
        if not warehouse.exists() or not warehouse.has_table(RAW, KEPT_PAGES):
            return {}
        rows: Any = warehouse.query(
            f"select resource, days, page, body, fetched_at from {warehouse.raw}.{KEPT_PAGES} "
            "where company_id = %s",
            self.reading.company_id,
        )
        return pages_by_window(rows)

    def _load_package(self, pipeline: dlt.Pipeline, extraction: Extraction, resources: Sequence[str]) -> None:
        """Take dlt's steps one by one: an interrupt ends extraction at once, and a load only between jobs.

        Only the last waits for its turn. Companies that are loaded side by side would make the same tables.
        """
        source = books(self.reading, extraction, resources).with_resources(*resources)
        with imports_kept_apart():
            pipeline.extract(source, loader_file_format="parquet")
            rows = sum(pipeline.normalize().row_counts.values())
            give_back()
            with self._warehouse.loading(keeping_open=rows <= FEW_ROWS):
                with self._warehouse.defining():
                    pipeline.sync_schema()
                pipeline.load()


def root_cause(error: BaseException, warehouse: Warehouse) -> BaseException:
    """Return the error inside dlt's wrappers that a user can do something about."""
    for cause in causes(error):
        if isinstance(cause, AccBooksError | KeyboardInterrupt):
            return cause
        if is_outside_error(cause):
            return warehouse.explain(cause)
    return WarehouseError(f"The load into {warehouse.describe()} failed: {error}")
