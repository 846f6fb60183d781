"""A sync: load, transform, certify; and where the proof fails, look again before saying so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial

from sources.accbooks import REPORT_RESOURCES
from sources.accbooks.errors import AccBooksError, DayBudgetSpentError
from sources.accbooks.reading import Reading, open_books
from sources.accbooks.windows import Window

from pipelines.certify import Depth, Schedule, calendar_of, due, evidence_of
from pipelines.configuration import Company
from pipelines.destinations import Warehouse, identifier
from pipelines.exit_status import ExitStatus
from pipelines.heal import Healer, Healing, Looked
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
from pipelines.scrub import scrub_windows
from pipelines.side_by_side import side_by_side
from pipelines.transform import FailedTest, Transforms

logger = logging.getLogger(__name__)

MOST_STEPS = 20
"""Each step of healing reads what was not read before, so there are few; this ends them for certain."""
PARTIAL_HISTORY = "partial_history"
"""The one cause that the user chose, with start_date, --from or --resource: it is no failure."""

Announce = Callable[[str], None]


@dataclass(frozen=True)
class Scope:
    """What the user asked to sync: by default whatever is due of everything.

    `certify` is a depth to be reached now, whenever it is due by the schedule.
    """

    window: Window | None = None
    resources: tuple[str, ...] = ()
    certify: Depth | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing was asked for in particular."""
        return self.window is None and not self.resources


@dataclass
class CompanyResult:
    """How the sync of one company went."""

    name: str
    company_id: str | None = None
    reading: Reading | None = None
    error: AccBooksError | None = None
    healing: Healing | None = None
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
            self._warehouse.open()
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
        if self._scope.is_whole:
            scrub = scrub_windows(self._warehouse, reading, company.settings.scrub_share)
            reading.request = replace(reading.request, scrub=scrub)
        loader = Loader(self._warehouse, company, reading)
        loader.load_records(self._scope.resources, and_reports=not self._scope.resources)
        self._fetch_due_reports(loader)
        return loader

    def _fetch_due_reports(self, loader: Loader) -> None:
        reading, settings = loader.reading, loader.settings
        with self._warehouse.kept_open():
            calendar = calendar_of(
                self._warehouse, reading.company_id, reading.financial_year_end, reading.today
            )
            evidence = evidence_of(
                self._warehouse,
                reading.company_id,
                changed=self._transforms.changed_months(reading.company_id),
                recent=reading.today.subtract(days=settings.lookback_days).start_of("month"),
                began=reading.opened_at,
            )
        requests = due(calendar, evidence, Schedule.of(settings, self._scope.certify))
        # a depth that was asked for is to be reached, whichever lists are read
        wanted = REPORT_RESOURCES if self._scope.certify else self._scope.resources or REPORT_RESOURCES
        loader.load_reports({name: each for name, each in requests.items() if name in wanted})

    def _prove(self, result: SyncResult, loaders: Sequence[Loader]) -> None:
        ids = [loader.reading.company_id for loader in loaders]
        self._build(ids, "Rebuilding what changed in the ledger and the reports …")
        result.lines = differences(self._warehouse, ids)
        self._heal(result, loaders, ids)
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

    def _heal(self, result: SyncResult, loaders: Sequence[Loader], ids: Sequence[str]) -> None:
        """Look again at what differs, company by company, until nothing new is left to look at."""
        healers = [
            Healer(self._warehouse, loader, loader.settings.heal_budget, self._transforms.variables)
            for loader in loaders
        ]
        for _ in range(MOST_STEPS):
            looked = [self._step(healer, result) for healer in healers]
            if not any(looked):
                break
            self._build(ids, "Something differed: it was read again, rebuilding …")
            result.lines = differences(self._warehouse, ids)
        self._rebuild_what_differs(result, ids)
        for healer in healers:
            self._conclude(healer, result)
        in_flight = [healer.company_id for healer in healers if healer.healing.is_in_flight]
        if in_flight:
            self._transforms.judge(in_flight)
            result.lines = differences(self._warehouse, ids)

    def _step(self, healer: Healer, result: SyncResult) -> Looked:
        """Look again at a company; what keeps from it stops no other."""
        entry = _entry_of(healer, result)
        if entry.error is not None:
            return Looked.NOWHERE
        try:
            return healer.step(result.lines)
        except AccBooksError as error:
            entry.error = error
            return Looked.NOWHERE

    def _conclude(self, healer: Healer, result: SyncResult) -> None:
        entry = _entry_of(healer, result)
        entry.healing = healer.healing
        try:
            healer.conclude(result.lines)
        except AccBooksError as error:
            entry.error = error

    def _rebuild_what_differs(self, result: SyncResult, ids: Sequence[str]) -> None:
        """Compute everything again of companies whose records and reports were read and still differ.

        What remains may be a row of a model that was changed behind our back.
        """
        differing = {line.company_id for line in result.lines if line.is_open}
        if differing:
            self._announce("Something still differs: rebuilding everything …")
            self._transforms.build(differing, everything=True)
            result.lines = differences(self._warehouse, ids)


def _entry_of(healer: Healer, result: SyncResult) -> CompanyResult:
    return next(entry for entry in result.companies if entry.company_id == healer.company_id)
