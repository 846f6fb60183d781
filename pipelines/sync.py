"""A sync: load, transform, certify; and where the proof fails, look again before saying so."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import Enum
from functools import partial

import pendulum
from sources.accbooks import REPORT_RESOURCES
from sources.accbooks.errors import AccBooksError, DayBudgetSpentError
from sources.accbooks.reading import Reading, open_books
from sources.accbooks.reports import ReportRequest
from sources.accbooks.windows import Window

from pipelines.certify import LastRead, due, last_reads, reports_of_the_books
from pipelines.configuration import Company
from pipelines.destinations import Warehouse, identifier
from pipelines.exit_status import ExitStatus
from pipelines.load import Loader
from pipelines.locks import HeldByAnotherRunError
from pipelines.obstacles import held_obstacles
from pipelines.progress import CompanyProgress
from pipelines.reconcile import (
    Line,
    Tally,
    differences,
    not_comparable_causes,
    tallies,
)
from pipelines.side_by_side import side_by_side
from pipelines.transform import FailedTest, Transforms

logger = logging.getLogger(__name__)

ROUNDS_OF_REPAIR = 3
PARTIAL_HISTORY = "partial_history"
"""The one cause that the user chose, with start_date, --from or --resource: it is no failure."""

Announce = Callable[[str], None]


class Looked(Enum):
    """Where a sync looked again after something differed."""

    NOWHERE = 0
    AT_REPORTS = 1
    AT_RECORDS = 2

    def __bool__(self) -> bool:
        return self is not Looked.NOWHERE


@dataclass(frozen=True)
class Scope:
    """What the user asked to sync: by default whatever is due of everything."""

    window: Window | None = None
    resources: tuple[str, ...] = ()


@dataclass
class CompanyResult:
    """How the sync of one company went."""

    name: str
    company_id: str | None = None
    reading: Reading | None = None
    error: AccBooksError | None = None
    waits_for: str | None = None
    """The lock that another run of the same company holds: nothing was done."""

    @property
    def is_to_be_taken_up(self) -> bool:
        """Tell whether the company stopped at something that passes by itself."""
        spent = self.reading is not None and self.reading.outcome.day_spent is not None
        return spent or self.waits_for is not None or isinstance(self.error, DayBudgetSpentError)


@dataclass
class SyncResult:
    """How a sync went, for all its companies together."""

    companies: list[CompanyResult] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)
    failed_tests: list[FailedTest] = field(default_factory=list)
    not_comparable: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)

    @property
    def status(self) -> ExitStatus:
        """Return the exit status that tells the truth about all companies."""
        readings = [company.reading for company in self.companies if company.reading]
        errors = [company.error for company in self.companies if company.error]
        unforeseen = [error for error in errors if not isinstance(error, DayBudgetSpentError)]
        if unforeseen or any(reading.outcome.unstable for reading in readings):
            return ExitStatus.ERROR
        if self.resets_at is not None:
            return ExitStatus.DAY_SPENT
        incomplete = any(r.outcome.forbidden or r.outcome.inconsistent for r in readings)
        unproved = set(self.not_comparable) - {PARTIAL_HISTORY}
        failed = [test for test in self.failed_tests if not test.is_warning]
        if self.lines or failed or incomplete or unproved or self.obstacles:
            return ExitStatus.DIFFERENCES
        return ExitStatus.DONE

    @property
    def waits_for(self) -> dict[str, str]:
        """Return the companies that another run is syncing, and the locks it holds."""
        return {company.name: company.waits_for for company in self.companies if company.waits_for}

    @property
    def resets_at(self) -> float | None:
        """Return when a budget that stopped a company is back, in epoch seconds; None if none did."""
        stops = [company.error for company in self.companies]
        stops += [company.reading.outcome.day_spent for company in self.companies if company.reading]
        return max((stop.resets_at for stop in stops if isinstance(stop, DayBudgetSpentError)), default=None)


class Sync:
    """Syncs some companies into one warehouse."""

    def __init__(
        self,
        warehouse: Warehouse,
        transforms: Transforms,
        scope: Scope,
        *,
        progress: CompanyProgress,
        announce: Announce,
        jobs: int = 1,
    ) -> None:
        self._jobs = jobs
        self._warehouse = warehouse
        self._transforms = transforms
        self._scope = scope
        self._progress = progress
        self._announce = announce

    def run(self, companies: Sequence[Company]) -> SyncResult:
        """Sync every company, up to `jobs` of them side by side; one's error does not stop the others.

        Raises WarehouseError or TransformError when nothing can go on.
        """
        with ExitStack() as locks:
            result = SyncResult([CompanyResult(company.name) for company in companies])
            loads = zip(companies, result.companies, strict=True)
            loaders = side_by_side(
                [partial(self._load_locked, company, entry, locks) for company, entry in loads], self._jobs
            )
            held = [loader for loader in loaders if loader is not None]
            if held:
                with self._warehouse.building():
                    self._prove(result, held)
        return result

    def _load_locked(self, company: Company, entry: CompanyResult, locks: ExitStack) -> Loader | None:
        """Load a company that no other run is loading; returns None if there is nothing of it to prove."""
        try:
            # whose names make the same identifier share a pipeline, and its staging tables
            self._lock(f"pipeline {identifier(company.name)}", entry, locks)
            return self._load(company, entry, locks)
        except AccBooksError as error:
            entry.error = error
        except HeldByAnotherRunError:
            logger.debug("%s is being synced by another run", company.name)
        return None

    def _lock(self, name: str, entry: CompanyResult, locks: ExitStack) -> None:
        entry.waits_for = name
        locks.enter_context(self._warehouse.lock(name))
        entry.waits_for = None

    def _load(self, company: Company, entry: CompanyResult, locks: ExitStack) -> Loader:
        reading = open_books(
            company.settings,
            window=self._scope.window,
            progress=self._progress.of(company.name),
            name=company.name,
        )
        # two names may have keys of one company
        self._lock(f"company {reading.company_id}", entry, locks)
        entry.reading, entry.company_id = reading, reading.company_id
        self._transforms.prepare()
        loader = Loader(self._warehouse, company, reading)
        loader.load_records(self._scope.resources, and_reports=not self._scope.resources)
        self._fetch_due_reports(loader)
        return loader

    def _fetch_due_reports(self, loader: Loader, also: dict[str, list[ReportRequest]] | None = None) -> None:
        reading = loader.reading
        with self._warehouse.kept_open():
            wanted = reports_of_the_books(
                self._warehouse, reading.company_id, reading.financial_year_end, reading.today
            )
            requests = due(wanted, last_reads(self._warehouse, reading.company_id))
        loader.load_reports(
            {
                name: sorted({*requests.get(name, ()), *(also or {}).get(name, ())}, key=str)
                for name in REPORT_RESOURCES
                if not self._scope.resources or name in self._scope.resources
            },
            repairing=bool(also),
        )

    def _prove(self, result: SyncResult, loaders: Sequence[Loader]) -> None:
        ids = [loader.reading.company_id for loader in loaders]
        self._build(ids, "Rebuilding what changed in the ledger and the reports …")
        result.lines = differences(self._warehouse, ids)
        for _ in range(ROUNDS_OF_REPAIR):
            before = result.lines
            looked = [self._look_again_or_stop(loader, before, result) for loader in loaders]
            if not any(looked):
                break
            self._build(ids, "Something differed: it was read again, rebuilding …")
            result.lines = differences(self._warehouse, ids)
            if result.lines == before and Looked.AT_REPORTS not in looked:
                break
        self._rebuild_what_differs(result, ids)
        if self._transforms.is_unchecked(ids):
            self._announce("Checking the books …")
            result.failed_tests = self._transforms.check(ids)
        result.tallies = tallies(self._warehouse, ids)
        result.not_comparable = not_comparable_causes(self._warehouse, ids)
        result.obstacles = held_obstacles(self._warehouse, ids)

    def _build(self, ids: Sequence[str], announcement: str) -> None:
        changed = self._transforms.changed(ids)
        if changed:
            self._announce(announcement)
            self._transforms.build(changed)

    def _rebuild_what_differs(self, result: SyncResult, ids: Sequence[str]) -> None:
        """Compute everything again of companies whose records and reports were read and still differ.

        What remains may be a row of a model that was changed behind our back.
        """
        differing = {line.company_id for line in result.lines if line.cause is None}
        if differing:
            self._announce("Something still differs: rebuilding everything …")
            self._transforms.build(differing, everything=True)
            result.lines = differences(self._warehouse, ids)

    def _look_again_or_stop(self, loader: Loader, lines: Sequence[Line], result: SyncResult) -> Looked:
        """Look again at a company; what keeps from it stops no other."""
        company_id = loader.reading.company_id
        entry = next(entry for entry in result.companies if entry.company_id == company_id)
        if entry.error is not None:
            return Looked.NOWHERE
        try:
            return self._look_again(loader, lines)
        except AccBooksError as error:
            entry.error = error
            return Looked.NOWHERE

    def _look_again(self, loader: Loader, lines: Sequence[Line]) -> Looked:
        """Read again what differs, before crying wolf.

        A report from an earlier run may be out of date, because a record moved out of its period: it is
        fetched again. Where this run's reports differ, the books may have been edited between reading
        records and report: the earliest month that differs is read again, and the reports it reaches into.
        """
        reading = loader.reading
        mine = [line for line in lines if line.company_id == reading.company_id and line.cause is None]
        if not mine or reading.outcome.day_spent:
            return Looked.NOWHERE
        stale = out_of_date(mine, last_reads(self._warehouse, reading.company_id), reading.opened_at)
        if stale:
            self._fetch_due_reports(loader, stale)
            return Looked.AT_REPORTS
        earliest = pendulum.instance(min(line.period_end for line in mine))
        loader.load_again(Window(earliest.start_of("month"), earliest))
        self._fetch_due_reports(loader)
        return Looked.AT_RECORDS


def out_of_date(
    lines: Iterable[Line], reads: Iterable[LastRead], opened_at: dt.datetime
) -> dict[str, list[ReportRequest]]:
    """Return the reports that differ and were fetched before this run began."""
    fetched = {(read.resource, read.start, read.end): read.fetched_at for read in reads}
    stale: dict[str, set[ReportRequest]] = defaultdict(set)
    for line in lines:
        at = fetched.get((line.report, line.period_start, line.period_end))
        if at is None or at < opened_at:
            stale[line.report].add(report_request(line))
    return {name: sorted(requests, key=str) for name, requests in stale.items()}


def report_request(line: Line) -> ReportRequest:
    """Return the request that fetches the report a line belongs to."""
    start = pendulum.instance(line.period_start) if line.period_start else None
    return ReportRequest(pendulum.instance(line.period_end), start)
