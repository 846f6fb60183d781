"""A sync: load the companies, rebuild their models, and compare them with AccBooks' reports."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from functools import partial

import pendulum
from accbooks_warehouse.pipelines.configuration import Company, vat_settings
from accbooks_warehouse.pipelines.destinations import Warehouse, has_rows_of
from accbooks_warehouse.pipelines.errors import LoadError, WarehouseError
from accbooks_warehouse.pipelines.queries.configured_companies import ConfiguredCompanies, called, known_ids
from accbooks_warehouse.pipelines.queries.vat_schemes import write_vat_schemes
from accbooks_warehouse.pipelines.sync.attempt import Attempt, attempted
from accbooks_warehouse.pipelines.sync.company_locks import locked, of_company, of_name
from accbooks_warehouse.pipelines.sync.due_reads import DueReads
from accbooks_warehouse.pipelines.sync.load import AlsoDue, Loader
from accbooks_warehouse.pipelines.sync.memory import allow_many_files, share_memory_of_threads
from accbooks_warehouse.pipelines.sync.own_tables import make_own_tables
from accbooks_warehouse.pipelines.sync.package_loads import load_parts
from accbooks_warehouse.pipelines.sync.packages import Part
from accbooks_warehouse.pipelines.sync.prove import Announce, Loaded, Prover
from accbooks_warehouse.pipelines.sync.raw_rows import Damage, RawRows
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.side_by_side import side_by_side
from accbooks_warehouse.pipelines.sync.warehouse_access import (
    UNDER_WAY,
    SharedWarehouseAccess,
    WarehouseAccess,
)
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.pipelines.vat_settings import VatSetting
from accbooks_warehouse.sources.accbooks import (
    Books,
    CompanyProgress,
    Progress,
    open_books,
)

logger = logging.getLogger(__name__)

LOCKS_OF_RUNNING_THREADS: list[ExitStack] = []
"""Locks of companies whose threads still run after an interrupt; the end of the process releases them."""


class Sync:
    """Syncs companies into one warehouse; makes no request after `until`, in steady_time."""

    def __init__(
        self,
        warehouse: Warehouse,
        transforms: Transforms,
        scope: Scope,
        *,
        progress: CompanyProgress,
        announce: Announce,
        jobs: int = 1,
        until: float = math.inf,
    ) -> None:
        self._jobs = jobs
        self._until = until
        self._warehouse = warehouse
        self._transforms = transforms
        self._scope = scope
        self._progress = progress
        self._announce = announce
        self._due_reads = DueReads(warehouse, transforms, scope)
        self._synced: Collection[str] = ()
        self._configured: Collection[str] = ()
        self._names = ConfiguredCompanies(warehouse, pendulum.now("UTC"))
        self._known_ids: Mapping[str, str] = {}
        self._vat: dict[str, Sequence[VatSetting]] = {}
        self._opened: list[Books] = []
        self._opening = threading.Lock()
        self._is_opened = False
        self._interrupted = threading.Event()

    def run(self, companies: Sequence[Company], configured: Collection[str] = ()) -> SyncResult:
        """Sync every company, up to `jobs` of them side by side; an error in one does not stop the others.

        `configured` are the names of all configured companies, if known, including those not synced now.

        Raises WarehouseError or TransformError if no company can continue.
        """
        self._synced, self._configured = [company.name for company in companies], configured
        with ExitStack() as locks:
            loaded = self._load_all(companies, locks)
            if any(each.loader for each in loaded):
                with self._warehouse.building():
                    return Prover(self._warehouse, self._transforms, self._announce, loaded).prove()
        return SyncResult(tuple(each.result for each in loaded))

    def _load_all(self, companies: Sequence[Company], locks: ExitStack) -> list[Loaded]:
        """Load all companies; side by side, they share the warehouse, and more than `jobs` begin."""
        if self._jobs <= 1 or len(companies) <= 1:
            return [
                self._load_locked(company, locks, WarehouseAccess(self._warehouse, self._parts))
                for company in companies
            ]
        allow_many_files()
        share_memory_of_threads()
        access = SharedWarehouseAccess(self._warehouse, self._parts, self._jobs)
        tasks = [partial(self._load_locked, company, locks, access) for company in companies]
        try:
            return side_by_side(tasks, UNDER_WAY)
        except BaseException as error:
            if not isinstance(error, Exception):  # an interrupt, or that of what runs the sync
                self._leave(locks)
            raise
        finally:
            access.close()

    def _parts(self, parts: Sequence[Part]) -> list[Exception | None]:
        return load_parts(self._warehouse, parts)

    def _load_locked(
        self, company: Company, locks: ExitStack, access: WarehouseAccess[Part] | None = None
    ) -> Loaded:
        """Lock and load a company; returns no loader if there is nothing to build and compare."""
        access = access or WarehouseAccess(self._warehouse, self._parts)

        def load(attempt: Attempt) -> None:
            self._vat[company.name] = vat_settings(company.name)
            attempt.books = books = self._locked_books(company, locks, progress)
            books.budget.when_waiting(access.lend_place)
            attempt.loader = loader = Loader(self._warehouse, company, books, access)
            try:
                attempt.still_damaged_rows = self._load(loader, company.name, is_alone=not access.is_shared)
            except WarehouseError as error:
                if loader.ask(partial(self._warehouse.can_go_on_after, error)):
                    raise LoadError(str(error)) from error
                raise
            finally:
                books.client.hang_up()  # else a thousand connections stay open until all companies are read

        progress = self._progress.of(company.name)
        with access.company():
            loaded = attempted(company.name, load)
        progress.ended(loaded.result.error)
        return loaded

    def _locked_books(self, company: Company, locks: ExitStack, progress: Progress) -> Books:
        """Open the warehouse and the books of a company, which no other run can load from then on."""
        locks.enter_context(locked(self._warehouse, of_name(company.name)))
        self._open_warehouse()
        books = open_books(
            company.settings,
            window=self._scope.window,
            progress=progress,
            name=company.name,
            known_id=self._known_ids.get(company.name),
            until=self._until,
        )
        locks.enter_context(locked(self._warehouse, of_company(books.company_id)))
        self._opened.append(books)
        if self._interrupted.is_set():
            books.budget.close()
        return books

    def _leave(self, locks: ExitStack) -> None:
        """Make no more requests; keep the locks of companies whose threads still run."""
        self._interrupted.set()
        for books in self._opened:
            books.budget.close()
        LOCKS_OF_RUNNING_THREADS.append(locks.pop_all())

    def _open_warehouse(self) -> None:
        """Open the warehouse once, so that a locked or missing one is known before any request."""
        with self._opening:
            if not self._is_opened:
                with self._warehouse.kept_open():
                    self._warehouse.open()
                    make_own_tables(self._warehouse)
                    self._names.begin(self._synced, self._configured)
                    self._known_ids = known_ids(self._warehouse)
            self._is_opened = True

    def _load(self, loader: Loader, name: str, *, is_alone: bool) -> Mapping[str, int]:
        """Load everything due; returns how many raw rows of each table still differ, or are doubled.

        The database stays open for a company that is alone until it asks AccBooks.
        """
        books = loader.books
        with loader.opened:
            if is_alone:
                loader.opened.enter_context(self._warehouse.kept_open())
            found = loader.ask(partial(self._begin, books, name))
            loader.reload_damaged(found)  # first, because the rows decide which reports are due
            self._load_due(loader, name)
            if loader.unfinished is not None and loader.ask(
                partial(self._due_reads.can_begin_another_sync, loader)
            ):
                loader.begin_another()
                self._load_due(loader, name)
        if found and not loader.is_stopped:
            return loader.ask(partial(self._raw_rows(books).still_damaged, found))
        return {}

    def _begin(self, books: Books, name: str) -> Damage:
        with self._warehouse.kept_open():
            self._transforms.prepare()
            return self._damage(books, name)

    def _damage(self, books: Books, name: str) -> Damage:
        """Return which raw rows changed, or were doubled; nothing if only some lists are synced."""
        warehouse = self._warehouse
        is_held = warehouse.makes_checksums and warehouse.has_raw_tables()
        if self._scope.resources or not is_held:
            return Damage()
        found = self._raw_rows(books).damage()
        if found:
            self._announce(
                f"Rows of {called(books.company_id, name)} changed, or were doubled: reading them again …"
            )
        return found

    def _raw_rows(self, books: Books) -> RawRows:
        return RawRows(self._warehouse, books.company_id, books.today, self._scope.window)

    def _load_due(self, loader: Loader, name: str) -> None:
        """Load the rest of the sync that a limit ended, or else everything due."""
        loader.load_records(self._scope.resources, lambda: self._also_due(loader, name))
        loader.load_reports(loader.ask(partial(self._due_reads.reports, loader)))

    def _also_due(self, loader: Loader, name: str) -> AlsoDue:
        """Choose what to load beside the dates that are due.

        The database is open now, so what is known of the company's name is written down as well.
        """
        if loader.books.knows_its_company:
            self._learn(name, loader.books.company_id)
            write_vat_schemes(self._warehouse, loader.books.company_id, self._vat[name])
        return self._due_reads.beside_records(loader)

    def _learn(self, name: str, company_id: str) -> None:
        """Write down a company's id; says what was read under its name while nobody knew it."""
        if self._names.learn(name, company_id) and has_rows_of(self._warehouse, name):
            self._announce(
                f"What was read under the name '{name}' is read again under the id {company_id}. Remove what "
                f"is left of the name with `accbooks forget {name}`."
            )
