"""Loading one company: records first, then the reports that prove them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import dlt
from dlt.pipeline.exceptions import PipelineStepFailed
from sources.accbooks import RECORD_RESOURCES, REPORT_RESOURCES, books
from sources.accbooks.errors import AccBooksError
from sources.accbooks.quarantine import REJECTED_RECORDS
from sources.accbooks.reading import Reading
from sources.accbooks.reports import ReportRequest
from sources.accbooks.windows import Window

from pipelines.configuration import DEFAULT_COMPANY, Company
from pipelines.destinations import Warehouse, is_database_error
from pipelines.errors import WarehouseError

DATED_RESOURCES = ("transactions", "invoices", "journals")


class Loader:
    """Loads what a reading asks for into a warehouse."""

    def __init__(self, warehouse: Warehouse, company: Company, reading: Reading) -> None:
        self._warehouse = warehouse
        self._pipeline_name = None if company.name == DEFAULT_COMPANY else company.name
        self.reading = reading

    def load_records(self, only: Sequence[str] = ()) -> None:
        """Load what is due of every record resource, or of those in `only`; every table is made."""
        self.reading.only = [name for name in RECORD_RESOURCES if not only or name in only] or ["nothing"]
        self.reading.report_requests = {}
        self._load([*RECORD_RESOURCES, REJECTED_RECORDS, *REPORT_RESOURCES])

    def load_reports(
        self, requests: Mapping[str, Sequence[ReportRequest]], *, repairing: bool = False
    ) -> None:
        """Load these reports, each replacing the version held before."""
        self.reading.report_requests = requests
        with self._repairing(repairing=repairing):
            self._load([name for name, wanted in requests.items() if wanted])

    def load_again(self, window: Window) -> None:
        """Read the dated records of a window once more, whatever is due."""
        due = self.reading.request
        self.reading.request = replace(due, window=window, reason="repair")
        try:
            with self._repairing(repairing=True):
                self._load([*DATED_RESOURCES, REJECTED_RECORDS])
        finally:
            self.reading.request = due

    @contextmanager
    def _repairing(self, *, repairing: bool) -> Iterator[None]:
        self.reading.repairing = repairing
        try:
            yield
        finally:
            self.reading.repairing = False

    def _load(self, resources: Sequence[str]) -> None:
        """Run dlt over some resources; what went wrong inside comes out as it was raised there."""
        if not resources:
            return
        try:
            with self._warehouse.pipeline(self._pipeline_name) as pipeline:
                self._run(pipeline, resources)
        except PipelineStepFailed as error:
            raise root_cause(error, self._warehouse) from error

    def _run(self, pipeline: dlt.Pipeline, resources: Sequence[str]) -> None:
        """Take dlt's steps one by one: an interrupt ends extraction at once, and a load only between jobs."""
        pipeline.sync_destination()
        pipeline.extract(books(self.reading).with_resources(*resources), loader_file_format="parquet")
        pipeline.normalize()
        pipeline.load()


def root_cause(error: BaseException, warehouse: Warehouse) -> BaseException:
    """Return the error inside dlt's wrappers that a user can do something about."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AccBooksError | KeyboardInterrupt):
            return cause
        if is_database_error(cause) or isinstance(cause, OSError):
            return warehouse.explain(cause)
        cause = cause.__cause__ or cause.__context__
    return WarehouseError(f"The load into {warehouse.describe()} failed: {error}")
