"""Read everything due in packages, each of which is loaded separately.

Reading continues in the background while a package is loaded. A package is limited in records and in time, so
memory and the work lost in a crash do not grow with the books.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType

import pendulum

from ..api.pages import PER_PAGE, WindowRead
from ..api.workers import Prefetch
from ..endpoints import COMPANY, ENDPOINTS
from ..errors import LimitReachedError, PermissionMissingError, UnstableWindowError
from ..json_text import exact_json
from ..tables.fetched_reports import FetchedReport
from ..tables.kept_pages import KeptPagesStore
from ..tables.merge import Change, Writing
from ..tables.package import Package
from ..tables.quarantine import Quarantine
from ..tables.reports import Report, ReportRequest, Reports, joined_reports
from ..tables.schemas import Row
from ..tables.sync_windows import NEVER_AGREED, PERMISSION_MISSING, SyncWindow
from ..windows import EXTRAS, MOST_PAGES, REPAIR, WHOLE, Window
from .bookmark import Bookmark, Unfinished
from .books import Books
from .due import Bookmarks, due_windows, reports_of, resumed
from .load_request import LoadRequest
from .outcome import Outcome
from .posting_months import posting_months
from .report_reader import fetch_reports
from .single_records import read_single
from .undated import look_up
from .window_reader import Finished, InterruptedWindow, Reader, SplitWindow

WINDOWS_AHEAD = 2
"""The most windows waiting to be typed; each has some tens of pages."""
RECORDS_AHEAD = (WINDOWS_AHEAD + 3) * MOST_PAGES * PER_PAGE
"""The most records read ahead while a package is loaded, including windows being typed and read."""
MOST_BYTES_OF_PACKAGE = 256 * 2**20
"""The most bytes of JSON in a package; a hundred thousand ordinary records have fewer."""
LONGEST_WAIT_SECONDS = 60.0
FEW_REQUESTS = 10
"""As many requests as cost little to make again after a crash."""

UNDATED = frozenset(endpoint.name for endpoint in ENDPOINTS if not endpoint.dated)

Packages = Mapping[str, Package]
Changes = Mapping[str, Sequence[Change]]
"""What a package changes, by resource."""
NO_CHANGES: Changes = MappingProxyType({})


@dataclass(frozen=True)
class PackageSize:
    """The most work lost in a crash: records read and not yet loaded, and the seconds of a package.

    Records read ahead count as well, so a package ends some windows earlier; it has at least one window.
    """

    records: float = math.inf
    seconds: float = math.inf


UNBOUNDED = PackageSize()


class Extraction:
    """One pass over everything due; it ends when everything is read, at a limit, or with an error.

    `outcome` is what happened so far. In a package, `part` returns the records of a list, `reports` the
    reports of a kind, and `quarantine` has the rejected records.
    """

    def __init__(self, books: Books, request: LoadRequest, size: PackageSize = UNBOUNDED) -> None:
        self._books = books
        self._request = request
        self._size = size
        self._ahead: Prefetch[Finished | SplitWindow | InterruptedWindow] | None = None
        self._begun: list[str] = []
        self._cuts: list[SplitWindow] = []
        self._parts: dict[str, Package] | None = None
        self._together: Collection[str] = ()
        self._changes = NO_CHANGES
        self._planned: dict[str, Sequence[ReportRequest]] | None = None
        self._fetched: list[FetchedReport] = []
        self.writing = request.writing
        self.outcome = Outcome()
        self.quarantine = Quarantine(books.company_id)
        self.kept_pages = KeptPagesStore(books.company_id, request.kept_pages)
        self.has_ended = False

    @property
    def books(self) -> Books:
        """Return the books that are read."""
        return self._books

    @property
    def request(self) -> LoadRequest:
        """Return what is read of them."""
        return self._request

    @property
    def is_under_way(self) -> bool:
        """Tell whether another package follows."""
        return self._ahead is not None and not self.has_ended

    def begin_package(
        self,
        together: Collection[str] = (),
        writing: Writing | None = None,
        changes: Changes = NO_CHANGES,
    ) -> None:
        """Begin the next package; all reports named in `together` are fetched when the first of them is.

        `writing` overrides how this package's rows are written. `changes` is filled by whoever reads it: by
        resource, what the package changes as far as it is read.
        """
        self._changes = changes
        self.writing = writing or self._request.writing
        self._parts, self._planned, self._together = None, None, together
        self._fetched = []
        self.quarantine = Quarantine(self._books.company_id)

    def part(self, name: str, bookmarks: Bookmarks) -> Package | None:
        """Return an endpoint's part of the package, only once; None if nothing of it was read."""
        if self._parts is None:
            self._parts = dict(self.package(bookmarks))
        return self._parts.pop(name, None)

    def reports(self, report: Report, bookmarks: Bookmarks) -> list[FetchedReport]:
        """Return the fetched reports of a kind, the probes first."""
        if self._planned is None:
            self._planned = dict(self._plan())
        names = {report.name, *self._together} & self._planned.keys()
        self._fetched += self._fetch({name: self._planned.pop(name) for name in names})
        if self._request.reason != REPAIR:  # no sync waits for reports that differed
            self._note_limit(bookmarks[COMPANY.name])
        fetched = [each for each in self._fetched if each.report == report]
        return [*self._request.probes_of(report), *fetched]

    def package(self, bookmarks: Bookmarks) -> Packages:
        """Return the next package, by endpoint: all endpoints in the first one, later those that were read.

        `bookmarks` has one for each endpoint; they are updated. If something stops the pass, the outcome has
        the error and the package has the complete windows; without `keeps_what_is_complete` the error is
        raised.
        """
        is_first = self._ahead is None
        packages = self._empty_packages(bookmarks)
        if self._ahead is None:
            self._take_company(packages[COMPANY.name])
            for name, identifiers in self._request.single_records.items():
                self._take_single(packages[name], name, identifiers)
            self._ahead = self._begin(bookmarks)
        self._fill(packages, self._ahead, bookmarks)
        self._note(packages, bookmarks)
        return {name: package for name, package in packages.items() if is_first or package.reads}

    def _empty_packages(self, bookmarks: Bookmarks) -> Packages:
        """Return a package for each endpoint; the first of them say which rejected records are gone."""
        gone = look_up(self._books, self._request, bookmarks) if self._ahead is None else {}
        return {
            endpoint.name: Package(
                endpoint,
                self._books.company_id,
                bookmarks[endpoint.name].undated_rejects,
                self._books.opened_at,
                gone.get(endpoint.name, frozenset()),
            )
            for endpoint in ENDPOINTS
        }

    def _note(self, packages: Packages, bookmarks: Bookmarks) -> None:
        """Note what the packages hold, and how the pass goes on."""
        for name, package in packages.items():
            self._move_on(name, bookmarks[name], package)
        self._cuts.clear()
        self._note_limit(bookmarks[COMPANY.name])
        self._announce_end()

    def can_include(self, requests: int) -> bool:
        """Tell whether the package can include this many more requests.

        It can if it is the last one and the current minute has these requests left: a crash while waiting
        would lose the package. A package without limits can include any number of requests. Where no limit is
        known, a few are included: to read the package again would cost little more.
        """
        remaining = self._books.budget.remaining
        if remaining is None:
            remaining = FEW_REQUESTS
        return self.has_ended and (self._size == UNBOUNDED or requests <= remaining)

    def abandon(self) -> None:
        """Stop reading; make no more requests."""
        if self._ahead is not None and not self.has_ended:
            self._books.budget.close()
            self._ahead.abandon()

    def _plan(self) -> Reports:
        """Return the reports to fetch: those requested, or all of the periods of the records just read.

        After records, reports are fetched only if all of them fit; otherwise another load fetches them. Those
        that changes call for are left to another load first.
        """
        planned = self._request.reports
        if planned is None:
            planned = reports_of(self._books, self.outcome)
        if self._parts is None:
            return planned
        if self._request.reports_of_changes is not None and self.can_include(0):
            changes = list(chain.from_iterable(self._changes.values()))
            called_for = joined_reports(planned, self._request.reports_of_changes(changes))
            if self.can_include(sum(map(len, called_for.values()))):
                return called_for
        return planned if self.can_include(sum(map(len, planned.values()))) else {}

    def _fetch(self, wanted: Reports) -> Iterator[FetchedReport]:
        if not self.outcome.is_stopped:
            yield from fetch_reports(self._books, wanted, self._request.reason, self.outcome, self._stop)

    def _stop(self, error: Exception) -> None:
        """Note the error that stops the reading; a limit is not a failure. May raise the error."""
        if not (isinstance(error, LimitReachedError) or self._request.keeps_what_is_complete):
            raise error
        self.outcome.note_stop(error)

    def _note_limit(self, bookmark: Bookmark) -> None:
        """Note in the company's bookmark if a limit ended the sync, so that the next one continues it."""
        if self._request.is_full_sync and self.outcome.limit_reached is not None:
            since = self._request.since or self._books.opened_at
            if self._request.unfinished is not None:
                since = self._request.unfinished.since
            last_run_requests = self._books.budget.answered - 1  # the first one opened the books
            bookmark.note_limit(Unfinished(since, max(0, last_run_requests)))

    def _begin(self, bookmarks: Bookmarks) -> Prefetch[Finished | SplitWindow | InterruptedWindow]:
        books, request, company = self._books, self._request, bookmarks[COMPANY.name]
        planned = due_windows(books, request, bookmarks)
        day = resumed(books, request, bookmarks) or books.today
        for endpoint in dict.fromkeys(endpoint for endpoint, _ in planned):
            windows = [plan for each, plan in planned if each == endpoint]
            bookmarks[endpoint.name].begin(windows, request.days, day)
            self._begun.append(endpoint.name)
            books.progress.started(endpoint.name)
        if request.is_full_sync:
            company.continue_sync()
        kept_pages = self.kept_pages.usable(UNDATED, day)
        reader = Reader(
            books.client, books.likely_dates, books.progress.page, company.last_run_requests, kept_pages
        )
        return Prefetch(reader.read(planned), WINDOWS_AHEAD)

    def _take_company(self, package: Package) -> None:
        """Add the company's own record, which was read when the books were opened."""
        books = self._books
        if not self._request.includes(COMPANY.name):
            return
        if books.company is None:
            forbidden = books.forbidden_company
            forbidden = forbidden or PermissionMissingError(COMPANY.permission, COMPANY.path)
            self._forbid(COMPANY.name, package, forbidden)
            return
        books.progress.page(COMPANY.name, 1, 1)
        record = exact_json(books.company).encode()
        package.add(WindowRead(Window(), [record], 1, 1, books.opened_at), WHOLE)

    def _take_single(self, package: Package, name: str, identifiers: Collection[str]) -> None:
        """Read records by their ids, and add them."""

        def stop(error: Exception) -> None:
            if isinstance(error, PermissionMissingError):
                self._forbid(name, package, error)
            else:
                self._stop(error)

        if not self.outcome.is_stopped:
            single = read_single(self._books, name, identifiers, stop)
            package.add_single(single.read, single.identifiers, self._request.days.reason)

    def _fill(
        self,
        packages: Packages,
        ahead: Prefetch[Finished | SplitWindow | InterruptedWindow],
        bookmarks: Bookmarks,
    ) -> None:
        """Add windows until the package is large or old enough, or the pass has ended."""
        ends_at = time.monotonic() + self._size.seconds
        most = self._size.records - RECORDS_AHEAD
        windows = records = size = 0
        while records < max(1, most) and size < MOST_BYTES_OF_PACKAGE and not self.has_ended:
            left = ends_at - time.monotonic()
            if windows and left <= 0:
                return
            try:
                finished = ahead.take(min(left, LONGEST_WAIT_SECONDS) if windows else LONGEST_WAIT_SECONDS)
            except TimeoutError:
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, what is complete is kept
                self.has_ended = True
                self._stop(error)
                return
            if finished is None:
                self._end(bookmarks)
                return
            name = finished.endpoint.name
            if not isinstance(finished, Finished):
                self._go_on_later(finished)
                continue
            records += self._take(finished, packages[name], bookmarks[name])
            size += 0 if finished.read is None else finished.read.size
            windows += 1

    def _go_on_later(self, how: SplitWindow | InterruptedWindow) -> None:
        """Note how the next pass continues with a window."""
        if isinstance(how, SplitWindow):
            self._cuts.append(how)
        elif how.reason not in EXTRAS and not self._request.is_healing:
            self.kept_pages.keep(how.endpoint.name, how.window, how.pages)

    def _take(self, finished: Finished, package: Package, bookmark: Bookmark) -> int:
        """Add a window to its package; return how many records it has."""
        if isinstance(finished.error, PermissionMissingError):
            self._forbid(finished.endpoint.name, package, finished.error)
            bookmark.forget()
        elif finished.error is not None:
            self.outcome.note_unstable(finished.error)
            package.reads.append(self._never_agreed(finished))
            if finished.dates is not None:
                bookmark.note_never_agreed([finished.dates], ())
                self.kept_pages.drop(finished.endpoint.name, finished.dates)
        if finished.read is None:
            return 0
        typed = package.add(finished.read, finished.reason)
        if finished.endpoint.dated:
            self.outcome.note_postings(posting_months(finished.endpoint.name, typed))
        return len(finished.read.records)

    def _never_agreed(self, finished: Finished) -> Row:
        return SyncWindow(
            company_id=self._books.company_id,
            resource=finished.endpoint.name,
            reason=finished.reason,
            outcome=NEVER_AGREED,
            fetched_at=pendulum.now("UTC"),
            window=finished.dates or Window(),
            requests=finished.requests,
            fault=finished.error.fault if isinstance(finished.error, UnstableWindowError) else None,
        ).row

    def _forbid(self, name: str, package: Package, error: PermissionMissingError) -> None:
        self.outcome.note_forbidden(name, error)
        package.reads.append(forbidden_row(self._books.company_id, name))

    def _move_on(self, name: str, bookmark: Bookmark, package: Package) -> None:
        """Update bookmark, quarantine and outcome for the package."""
        rejected = package.rejected
        for cut in (each for each in self._cuts if each.endpoint.name == name):
            bookmark.cut(cut.window, cut.parts)
        bookmark.was_read(package.windows)
        bookmark.note_never_agreed((), package.windows)
        for window in package.windows:
            self.kept_pages.drop(name, window)
        days = {row["date"].isoformat() for row in rejected if row["date"] is not None}
        bookmark.note_rejects(days, package.undated_rejects, package.windows)
        self.quarantine.add(name, rejected, package.windows, package.released, self._request.quoted)
        self.outcome.note_read(name, package.records)
        self.outcome.note_rejected(name, len(rejected))

    def _announce_end(self) -> None:
        for endpoint in ENDPOINTS if self.has_ended else ():
            if self._request.includes(endpoint.name):
                self._books.progress.finished(endpoint.name, self.outcome.records[endpoint.name])

    def _end(self, bookmarks: Bookmarks) -> None:
        """Note that everything was read, except what was given up."""
        self.has_ended = True
        for name in () if self._request.days.is_for_days else self._begun:
            bookmarks[name].give_up()
            self.kept_pages.drop_all(name)
        if self._request.is_full_sync and self._begun and self._request.unfinished is None:
            bookmarks[COMPANY.name].forget_limit()


def forbidden_row(company_id: str, resource: str) -> Row:
    """Return the row of sync_windows for a missing permission."""
    return SyncWindow(
        company_id=company_id,
        resource=resource,
        reason="permission",
        outcome=PERMISSION_MISSING,
        fetched_at=pendulum.now("UTC"),
        requests=1,
    ).row
