"""One pass over what is due, handed out in packages: what a load takes in at a time.

Reading goes on in the background while a package is loaded. A package is bounded in records and in time, so
that neither memory nor what a crash costs grows with the books.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

import pendulum

from ..api.pages import PER_PAGE, WindowRead
from ..api.workers import Prefetch
from ..endpoints import COMPANY, ENDPOINTS, Endpoint
from ..errors import PermissionMissingError, UnstableWindowError
from ..json_text import exact_json, storable
from ..tables.package import NEVER_AGREED, PERMISSION_MISSING, Package, read_row
from ..tables.schemas import Row
from ..windows import EXTRAS, MOST_PAGES, PlannedWindow, Window
from .bookmark import Bookmark
from .books import Reading
from .posting_months import posting_months
from .undated import look_up
from .window_reader import Finished, InterruptedWindow, Reader, SplitWindow

WINDOWS_AHEAD = 2
"""Windows that may wait to be typed; each is some tens of pages."""
RECORDS_AHEAD = (WINDOWS_AHEAD + 3) * MOST_PAGES * PER_PAGE
"""The most that is read beyond a package while it is loaded, with the windows in hand and under way."""
MOST_BYTES_OF_PACKAGE = 256 * 2**20
"""Of JSON that a package may be made of: a hundred thousand ordinary records have less."""
LONGEST_WAIT_SECONDS = 60.0

UNDATED = frozenset(endpoint.name for endpoint in ENDPOINTS if not endpoint.dated)

Packages = Mapping[str, Package]
Bookmarks = Mapping[str, Bookmark]


@dataclass(frozen=True)
class PackageSize:
    """The most that a crash may cost: records read and not yet loaded, and the seconds of a package.

    What is read ahead counts too, so a package ends some windows earlier; it holds one window at least.
    """

    records: float = math.inf
    seconds: float = math.inf


WHOLE = PackageSize()


def due(reading: Reading, bookmarks: Bookmarks) -> list[tuple[Endpoint, PlannedWindow]]:
    """Return the windows of all lists that a pass has to read; one that is to read some resumes nothing."""
    resuming = resumed(reading, bookmarks)
    return [
        (endpoint, plan)
        for endpoint in ENDPOINTS
        if endpoint != COMPANY and reading.wants(endpoint.name)
        for plan in bookmarks[endpoint.name].due(endpoint, reading.request, resuming=resuming)
    ]


def resumed(reading: Reading, bookmarks: Bookmarks) -> pendulum.Date | None:
    """Return the day on which the sync began that a pass goes on with; None if it begins one.

    That is one which a limit ended, on whatever day, or one of today that something else interrupted.
    """
    if not reading.wants_all_lists:
        return None
    if reading.unfinished is not None:
        return reading.unfinished.since.date()
    today = reading.today
    return today if any(each.was_interrupted_on(today) for each in bookmarks.values()) else None


class Extraction:
    """A pass: begins with its first package, and ends with an error, a spent day or everything read."""

    def __init__(self, reading: Reading, size: PackageSize = WHOLE) -> None:
        self._reading = reading
        self._size = size
        self._ahead: Prefetch[Finished | SplitWindow | InterruptedWindow] | None = None
        self._begun: list[str] = []
        self._cuts: list[SplitWindow] = []
        self.has_ended = False

    @property
    def is_under_way(self) -> bool:
        """Tell whether another package follows."""
        return self._ahead is not None and not self.has_ended

    def package(self, bookmarks: Bookmarks) -> Packages:
        """Return the next package, by endpoint: in the first one all of them, later those that were read.

        `bookmarks` holds one for each endpoint and is moved on to the end of the package. What stops the pass
        is left in the outcome, and the package holds what is complete; see Reading.stop_at.
        """
        is_first = self._ahead is None
        gone = look_up(self._reading, bookmarks) if is_first else {}
        packages = {
            endpoint.name: Package(
                endpoint,
                self._reading.company_id,
                bookmarks[endpoint.name].undated_rejects,
                self._reading.opened_at,
                gone.get(endpoint.name, frozenset()),
            )
            for endpoint in ENDPOINTS
        }
        if self._ahead is None:
            self._take_company(packages[COMPANY.name])
            self._ahead = self._begin(bookmarks)
        self._fill(packages, self._ahead, bookmarks)
        for name, package in packages.items():
            self._move_on(name, bookmarks[name], package)
        self._cuts.clear()
        self._reading.note_limit(bookmarks[COMPANY.name])
        self._announce_end()
        return {name: package for name, package in packages.items() if is_first or package.reads}

    def has_room_for(self, requests: int) -> bool:
        """Tell whether the package may grow by so many requests: nothing else follows, nor a wait for them.

        A package of bounded size holds what can be asked for within the minute and no more, because a crash
        costs all of it.
        """
        remaining = self._reading.client.budget.remaining or 0
        return self.has_ended and (self._size == WHOLE or requests <= remaining)

    def abandon(self) -> None:
        """Stop reading; nothing more will be asked for."""
        if self._ahead is not None and not self.has_ended:
            self._reading.client.budget.close()
            self._ahead.abandon()

    def _begin(self, bookmarks: Bookmarks) -> Prefetch[Finished | SplitWindow | InterruptedWindow]:
        reading, company = self._reading, bookmarks[COMPANY.name]
        planned, day = due(reading, bookmarks), resumed(reading, bookmarks) or reading.today
        for endpoint in dict.fromkeys(endpoint for endpoint, _ in planned):
            windows = [plan for each, plan in planned if each == endpoint]
            bookmarks[endpoint.name].begin(windows, reading.request, day)
            self._begun.append(endpoint.name)
            reading.progress.started(endpoint.name)
        if reading.is_whole:
            company.go_on()
        kept_pages = reading.kept_pages.usable(UNDATED, day)
        reader = Reader(reading.client, reading.likely_dates, reading.progress.page, company.gave, kept_pages)
        return Prefetch(reader.read(planned), WINDOWS_AHEAD)

    def _take_company(self, package: Package) -> None:
        """Take in the company's own record, which was read when its books were opened."""
        reading = self._reading
        if not reading.wants(COMPANY.name):
            return
        if reading.company is None:
            forbidden = reading.forbidden_company
            forbidden = forbidden or PermissionMissingError(COMPANY.permission, COMPANY.path)
            self._forbid(COMPANY.name, package, forbidden)
            return
        reading.progress.page(COMPANY.name, 1, 1)
        record = exact_json(reading.company).encode()
        package.add(WindowRead(Window(), [record], 1, 1, reading.opened_at), "whole")

    def _fill(
        self,
        packages: Packages,
        ahead: Prefetch[Finished | SplitWindow | InterruptedWindow],
        bookmarks: Bookmarks,
    ) -> None:
        """Take in windows until the package is large or old enough, or the pass has ended."""
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
                self._reading.stop_at(error)
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
        """Take note of how the next pass is to go on with a window."""
        if isinstance(how, SplitWindow):
            self._cuts.append(how)
        elif how.reason not in EXTRAS and not self._reading.is_healing:
            self._reading.kept_pages.keep(how.endpoint.name, how.window, how.pages)

    def _take(self, finished: Finished, package: Package, bookmark: Bookmark) -> int:
        """Take a window into its package; return how many records it holds."""
        outcome = self._reading.outcome
        if isinstance(finished.error, PermissionMissingError):
            self._forbid(finished.endpoint.name, package, finished.error)
            bookmark.forget()
        elif finished.error is not None:
            outcome.unstable.append(finished.error)
            package.reads.append(self._never_agreed(finished))
        if finished.read is None:
            return 0
        typed = package.add(finished.read, finished.reason)
        if finished.endpoint.dated:
            outcome.posting_months |= posting_months(finished.endpoint.name, typed)
        return len(finished.read.records)

    def _never_agreed(self, finished: Finished) -> Row:
        read = WindowRead(finished.dates or Window(), [], 0, 0, pendulum.now("UTC"))
        row = read_row(
            self._reading.company_id,
            finished.endpoint.name,
            read,
            reason=finished.reason,
            outcome=NEVER_AGREED,
        )
        fault = finished.error.fault if isinstance(finished.error, UnstableWindowError) else None
        return row | {"fault": storable(fault)}

    def _forbid(self, name: str, package: Package, error: PermissionMissingError) -> None:
        self._reading.outcome.forbidden[name] = error
        package.reads.append(forbidden_row(self._reading.company_id, name))

    def _move_on(self, name: str, bookmark: Bookmark, package: Package) -> None:
        """Note in bookmark, quarantine and outcome what the package holds."""
        reading, rejected = self._reading, package.rejected
        for cut in (each for each in self._cuts if each.endpoint.name == name):
            bookmark.cut(cut.window, cut.parts)
        bookmark.was_read(package.windows)
        for window in package.windows:
            reading.kept_pages.drop(name, window)
        days = {row["date"].isoformat() for row in rejected if row["date"] is not None}
        bookmark.note_rejects(days, package.undated_rejects, package.windows)
        reading.quarantine.add(name, rejected, package.windows, package.released, reading.quoted)
        reading.outcome.records[name] += package.records
        reading.outcome.rejected[name] += len(rejected)

    def _announce_end(self) -> None:
        reading = self._reading
        for endpoint in ENDPOINTS if self.has_ended else ():
            if reading.wants(endpoint.name):
                reading.progress.finished(endpoint.name, reading.outcome.records[endpoint.name])

    def _end(self, bookmarks: Bookmarks) -> None:
        """Note that everything was read, but for what was given up."""
        self.has_ended = True
        for name in () if self._reading.request.is_for_days else self._begun:
            bookmarks[name].give_up()
            self._reading.kept_pages.drop_all(name)
        if self._reading.is_whole and self._begun and self._reading.unfinished is None:
            bookmarks[COMPANY.name].end_by_itself()


def forbidden_row(company_id: str, resource: str) -> Row:
    """Return the row of sync_windows that records a missing permission."""
    nothing = WindowRead(Window(), [], 0, 1, pendulum.now("UTC"))
    return read_row(company_id, resource, nothing, reason="permission", outcome=PERMISSION_MISSING)
