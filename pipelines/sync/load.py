"""Load one company: first records, then the reports to compare them with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import pendulum
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import (
    RAW,
    StoredPipeline,
    Warehouse,
    causes,
    has_rows_of,
    is_outside_error,
    stored_pipeline,
)
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.sync.memory import limit_malloc
from accbooks_warehouse.pipelines.sync.package_loads import load_parts
from accbooks_warehouse.pipelines.sync.packages import Packages, Part
from accbooks_warehouse.pipelines.sync.raw_rows import Damage
from accbooks_warehouse.pipelines.sync.unchanged import changed_months
from accbooks_warehouse.pipelines.sync.warehouse_access import Answer, WarehouseAccess
from accbooks_warehouse.sources.accbooks import (
    COMPANY,
    KEPT_PAGES,
    RECORD_RESOURCES,
    REJECTED_RECORDS,
    REPAIR,
    REPORT_RESOURCES,
    WEBHOOK,
    AccBooksError,
    Books,
    Change,
    Extraction,
    FetchedReport,
    LimitReachedError,
    LoadRequest,
    Outcome,
    PackageSize,
    PagesByWindow,
    Reports,
    Unfinished,
    Window,
    Writing,
    bookmarks_of,
    due_windows,
    pages_by_window,
)
from dlt.pipeline.exceptions import PipelineStepFailed

NO_REPORTS: Reports = MappingProxyType({})


@dataclass(frozen=True)
class AlsoDue:
    """What a load of records reads beside the dates that are due: reports, and old days.

    If `reports` is None, the load fetches all reports of the months of the records it reads. `of_changes`
    returns the reports to fetch, while the database is open, if the records read change these months.
    """

    reports: Reports | None = field(default_factory=dict)
    old_days: Mapping[str, Sequence[Window]] = field(default_factory=dict)
    of_changes: Callable[[Collection[dt.date]], Reports] | None = None


ChooseAlsoDue = Callable[[], AlsoDue]
"""Is called while the database is open."""
RequestOf = Callable[[StoredPipeline], LoadRequest]
"""Returns what a load reads, while the database is open, by what the pipeline keeps there."""


class Loader:
    """Loads a company's books into a warehouse.

    `outcome` is what happened in all loads so far. `unfinished` is the earlier sync that a limit ended and
    that this one continues. `opened` may hold a database that the caller keeps open: it is closed before
    AccBooks is asked, because others may need the database then.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        company: Company,
        books: Books,
        access: WarehouseAccess[Part] | None = None,
    ) -> None:
        self._warehouse = warehouse
        self._access = access or WarehouseAccess(warehouse, partial(load_parts, warehouse))
        self._pipeline_name = company.pipeline_name
        self._members = (books.company_id, company.name, warehouse.pipeline_name(company.pipeline_name))
        self.settings = company.settings
        self._size = PackageSize(company.settings.package_records, company.settings.package_seconds)
        self.books = books
        self.outcome = Outcome()
        self.opened = ExitStack()
        self.unfinished: Unfinished | None = None
        self._began_at = books.opened_at
        self._lists: Sequence[str] | None = None
        self._probes: list[FetchedReport] = []
        limit_malloc()

    @property
    def sync_began_at(self) -> pendulum.DateTime:
        """Return when the sync whose reports are fetched began."""
        return self._began_at if self.unfinished is None else self.unfinished.since

    @property
    def is_stopped(self) -> bool:
        """Tell whether nothing more can be read."""
        return self.outcome.is_stopped

    def ask(self, ask: Callable[[], Answer]) -> Answer:
        """Return what `ask` finds in the warehouse when it is this company's turn."""
        return self._access.ask(self._members, ask)

    def begin_another(self) -> None:
        """Begin a new sync after the continued one."""
        self.unfinished, self._began_at = None, pendulum.now("UTC")

    def stop(self, error: LimitReachedError) -> None:
        """Note that a limit ended the reading."""
        self.outcome = self.outcome.then(Outcome(limit_reached=error))

    def keep_probe(self, fetched: FetchedReport) -> None:
        """Keep a report that was fetched outside of a load, for the next load of its kind."""
        self._probes.append(fetched)
        self.outcome.note_reports([fetched])

    def load_records(self, only: Sequence[str] = (), also_due: ChooseAlsoDue = AlsoDue) -> None:
        """Load what is due of every record resource, or of those in `only`; every table is made.

        The reports' tables are made with the others, by the first load: whatever cuts off that one, nothing
        built on them has to ask whether they are there. It fetches the reports that are `also_due`, if
        they can be asked for within the minute; else load_reports has to.
        """
        self._lists = tuple(name for name in RECORD_RESOURCES if name in only) if only else None
        resources = [*RECORD_RESOURCES, REJECTED_RECORDS, KEPT_PAGES]
        self._load(resources, partial(self._continuing, also_due), in_first=REPORT_RESOURCES)

    def reload_damaged(self, damage: Damage) -> None:
        """Read damaged raw rows again and write them, even if AccBooks did not change them."""
        if damage.lists:
            lists = sorted(damage.lists)
            request = self._request(lists=lists, writing=Writing.ANEW)
            self._load([*lists, REJECTED_RECORDS], lambda _: request)
        if damage.windows and not self.is_stopped:
            self.load_again(damage.windows)
        if damage.reports and not self.is_stopped:
            reports = {name: sorted(each, key=str) for name, each in damage.reports.items()}
            self.load_reports(reports, healing=True)

    def load_reports(self, reports: Reports, *, healing: bool = False, reason: str = "report") -> None:
        """Load these reports; each replaces its earlier version."""
        request = self._request(
            reports=reports,
            reason=REPAIR if healing else reason,
            writing=Writing.ANEW if healing else Writing.CHANGES,
        )
        if any(reports.values()):
            self._load([], lambda _: request)

    def load_probes(self) -> None:
        """Load the probes that no load has taken in yet."""
        if self._probes:
            request = self._request()
            self._load([each.report.name for each in self._probes], lambda _: request)

    def load_again(self, windows: Mapping[str, Sequence[Window]]) -> None:
        """Read these windows of dated lists again, due or not, and load the probes."""
        days = replace(self.books.request, windows=windows, reason=REPAIR, scrub={})
        request = self._request(days=days, lists=list(windows), writing=Writing.ANEW)
        probed = sorted({each.report.name for each in self._probes})
        self._load([*windows, REJECTED_RECORDS, *probed], lambda _: request)

    def load_events(
        self,
        windows: Mapping[str, Sequence[Window]],
        single: Mapping[str, Collection[str]],
        reports: Reports,
    ) -> None:
        """Read what events named: windows of dated lists, single records of others by their ids, reports."""
        days = replace(self.books.request, windows=windows, reason=WEBHOOK, scrub={})
        request = self._request(
            days=days, lists=list(windows), single_records=single, reports=reports, reason=WEBHOOK
        )
        self._load([*windows, *single, REJECTED_RECORDS], lambda _: request)

    def _request(self, **changes: Any) -> LoadRequest:
        """Return a request for everything due, with `changes` to its fields."""
        request = LoadRequest(
            self.books.request,
            self._lists,
            NO_REPORTS,
            quoted=self._warehouse.quoted,
            keeps_what_is_complete=True,
            unfinished=self.unfinished,
            since=self._began_at,
        )
        return replace(request, **changes)

    def _continuing(self, also_due: ChooseAlsoDue, stored: StoredPipeline) -> LoadRequest:
        """Return what a load of records reads: the rest of an unfinished sync, or else everything due."""
        bookmarks = bookmarks_of(stored.states, self.books.company_id)
        kept_pages = self._kept_pages()
        is_full_sync = self._request().is_full_sync
        self.unfinished = bookmarks[COMPANY.name].unfinished if is_full_sync else None
        request = self._due_request(also_due(), kept_pages, stored)
        reports = request.reports
        if self.unfinished is None or reports is None or any(reports.values()):
            return request
        if due_windows(self.books, request, bookmarks):
            return request
        self.unfinished = None
        return self._due_request(also_due(), kept_pages, stored)

    def _due_request(
        self, also_due: AlsoDue, kept_pages: PagesByWindow, stored: StoredPipeline
    ) -> LoadRequest:
        days = replace(self.books.request, scrub=also_due.old_days)
        of_changes = None
        if also_due.of_changes is not None and not self._access.is_shared:  # they would wait another turn
            of_changes = partial(self._reports_of, also_due.of_changes, stored)
        return self._request(
            days=days, reports=also_due.reports, reports_of_changes=of_changes, kept_pages=kept_pages
        )

    def _reports_of(
        self,
        of_months: Callable[[Collection[dt.date]], Reports],
        stored: StoredPipeline,
        changes: Sequence[Change],
    ) -> Reports:
        """Return the reports to fetch because of these changes, before they are loaded: one load less."""

        def ask() -> Reports:
            with self._warehouse.kept_open():
                months = changed_months(self._warehouse, stored, changes, self.books.company_id)
                return of_months(months) if months else NO_REPORTS

        return self.ask(ask)

    def _load(self, resources: Sequence[str], request_of: RequestOf, in_first: Sequence[str] = ()) -> None:
        """Read some resources, and load what changed; the first package includes the requested reports.

        In a company's first load that package also has the resources `in_first`. Raises the error inside
        dlt's wrappers.
        """
        try:
            self._run(resources, request_of, in_first)
        except PipelineStepFailed as error:
            interrupts.check()
            raise root_cause(error, self._warehouse) from error

    def _run(self, resources: Sequence[str], request_of: RequestOf, in_first: Sequence[str]) -> None:
        """Load package by package, each with the state after it.

        Raises the AccBooksError that stopped the reading, after loading what is complete.
        """
        warehouse = self._warehouse
        stored, request, is_first = self.ask(partial(self._stored_request, request_of))
        self.opened.close()
        names = [name for name in REPORT_RESOURCES if request.may_fetch(name)]
        first = list(dict.fromkeys([*resources, *names, *(in_first if is_first else ())]))
        taken = [each for each in self._probes if each.report.name in first]
        self._probes = [each for each in self._probes if each.report.name not in first]
        extraction = Extraction(self.books, replace(request, probes=taken), self._size)
        packages = Packages(warehouse, self._pipeline_name, extraction, stored, self._access)
        before = self.outcome
        try:
            with packages.loading():
                packages.load(first, Writing.FIRST if is_first else None)
                while extraction.is_under_way:
                    self.books.progress.loaded(before.then(extraction.outcome).records.total())
                    packages.load(resources)
        finally:
            extraction.abandon()
            self.outcome = before.then(extraction.outcome)
        if self.outcome.failure is not None:
            raise self.outcome.failure

    def _stored_request(self, request_of: RequestOf) -> tuple[StoredPipeline, LoadRequest, bool]:
        """Return the pipeline as it is stored, what to read, and whether it is the company's first load."""
        warehouse = self._warehouse
        with warehouse.loading(keeping_open=True):
            if warehouse.exists():
                warehouse.together.once("widen", warehouse.widen)
            stored = stored_pipeline(warehouse, self._pipeline_name)
            return stored, request_of(stored), not has_rows_of(warehouse, self.books.company_id)

    def _kept_pages(self) -> PagesByWindow:
        warehouse = self._warehouse
        if not warehouse.exists() or not warehouse.has_table(RAW, KEPT_PAGES):
            return {}
        rows: Any = warehouse.query_of(
            self.books.company_id,
            f"select company_id, resource, days, page, body, fetched_at from {warehouse.raw}.{KEPT_PAGES} "
            "where company_id in ($members)",
        )
        return pages_by_window(rows)


def root_cause(error: BaseException, warehouse: Warehouse) -> BaseException:
    """Return the error inside dlt's wrappers that a user can act on."""
    for cause in causes(error):
        if isinstance(cause, AccBooksError | KeyboardInterrupt):
            return cause
        if is_outside_error(cause):
            return warehouse.explain(cause)
    return WarehouseError(f"The load into {warehouse.describe()} failed: {error}")
