"""Read windows completely, with many requests in flight.

Pages of several windows and lists are requested at once. One thread decides from the responses whether a
window is split, read again or accepted. Windows are started oldest first, and started ones are finished
first. So few pages are in memory, and an interrupted run leaves data that is complete up to some date.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ..api.client import Client, Params, beyond_bounds
from ..api.pages import (
    MOST_BYTES_OF_WINDOW,
    MOST_BYTES_UNDER_WAY,
    PER_PAGE,
    Page,
    WindowRead,
    decode_page,
    disagreement,
)
from ..api.workers import WorkerPool
from ..endpoints import Endpoint
from ..errors import (
    LimitReachedError,
    PermissionMissingError,
    UnexpectedAnswerError,
    UnstableWindowError,
)
from ..tables.kept_pages import KeptPages, PagesByWindow
from ..windows import MOST_PAGES, PlannedWindow, Window, WindowSize, split, window_size
from .backlog import FIRST_PAGE, Backlog, PageOfWindow, ReadWindow

logger = logging.getLogger(__name__)

TRIES_PER_WINDOW = 3
MOST_UNSTABLE = 500
"""The most windows of a list to split because their pages disagree. A few edits need a dozen each; a list
whose pages never agree must not be read day by day."""
SMALL_BUDGET = 2 * MOST_PAGES
"""If the last run made fewer requests than this before a limit, pages are fetched one at a time."""

OnPage = Callable[[str, int, int], None]
"""Called after each page with the list's name, the records on the page, and the records in its windows."""


@dataclass(frozen=True)
class Finished:
    """A window that is complete, or was given up with an error.

    `dates` are the days of a window that was given up because its pages never agreed, and `requests` what it
    took.
    """

    endpoint: Endpoint
    reason: str
    read: WindowRead | None
    error: PermissionMissingError | UnstableWindowError | None = None
    dates: Window | None = None
    requests: int = 0


@dataclass(frozen=True)
class SplitWindow:
    """A window that will be read in parts: in this pass, or in the next one if a limit ends this one."""

    endpoint: Endpoint
    window: Window
    parts: Sequence[Window]


@dataclass(frozen=True)
class InterruptedWindow:
    """The pages of a window that a limit interrupted; the next pass continues with them."""

    endpoint: Endpoint
    window: Window
    reason: str
    pages: KeptPages


@dataclass(frozen=True)
class _Fetched:
    page: Page
    requests: int


class Reader:
    """Reads the windows of lists; for one pass, in one thread.

    `likely` are the days that the records of an open window are probably in, to split large windows evenly.
    `last_run_requests` is how many requests the last run made before a limit ended it, None if none did;
    `kept_pages` are the pages it kept.
    """

    def __init__(
        self,
        client: Client,
        likely: Window,
        on_page: OnPage,
        last_run_requests: int | None = None,
        kept_pages: PagesByWindow = MappingProxyType({}),
    ) -> None:
        self._client = client
        self._likely = likely
        self._on_page = on_page
        self._last_run_requests = last_run_requests
        self._kept = kept_pages
        self._backlog = Backlog()
        self._under_way: list[ReadWindow] = []
        self._pages = 0
        self._largest = 0
        self._totals: Counter[str] = Counter()
        self._forbidden: set[str] = set()
        self._unfiltered: set[str] = set()
        self._unstable: Counter[str] = Counter()
        self._failure: Exception | None = None

    def read(
        self, planned: Iterable[tuple[Endpoint, PlannedWindow]]
    ) -> Iterator[Finished | SplitWindow | InterruptedWindow]:
        """Yield every window when it is complete, in as many parts as needed.

        A missing permission ends a list, and pages that never agree end a window; the others continue. Any
        other error stops the pass: requests in flight are completed, complete windows are yielded, and the
        error is raised (AccBooksError). For windows that a limit interrupts it yields how to continue.
        """
        for endpoint, plan in planned:
            self._begin(ReadWindow(endpoint, plan, kept=self._kept.get((endpoint.name, plan.window))))
        pool = WorkerPool(self._fetch, self._at_once)
        for done in pool.work(self._backlog):
            window, number = done.task
            if done.result is None:
                yield from self._failed(window, done.error)
            else:
                self._pages += 1
                yield from self._fetched(window, number, done.result)
        if isinstance(self._failure, LimitReachedError):
            yield from self._interrupted()
        if self._failure is not None:
            raise self._failure

    def _at_once(self) -> int:
        """Return how many pages to fetch at a time; one if the budget is small, to start few windows.

        Together they have at most as many bytes as a window may have.
        """
        if self._last_run_requests is not None and max(self._last_run_requests, self._pages) < SMALL_BUDGET:
            return 1
        fit = max(1, MOST_BYTES_OF_WINDOW // max(1, self._largest))
        return min(self._client.budget.concurrency, fit)

    def _may_continue(self, endpoint: Endpoint) -> bool:
        return self._failure is None and endpoint.name not in self._forbidden

    def _begin(self, window: ReadWindow) -> None:
        if self._may_continue(window.endpoint):
            self._backlog.begin(window)

    def _add(self, window: ReadWindow, numbers: Iterable[range]) -> None:
        if self._may_continue(window.endpoint):
            for each in numbers:
                self._backlog.add(window, each)

    def _fetch(self, wanted: PageOfWindow) -> _Fetched:
        """Fetch one page; runs in a thread of the pool."""
        window, number = wanted
        endpoint, budget = window.endpoint, self._client.budget
        params: Params = {**window.dates.params, "page": number, "per_page": PER_PAGE}
        before = budget.requests_of_thread
        page = self._client.get_as(decode_page, endpoint.path, params, permission=endpoint.permission)
        return _Fetched(page, budget.requests_of_thread - before)

    def _fetched(
        self, window: ReadWindow, number: int, fetched: _Fetched
    ) -> Iterator[Finished | SplitWindow]:
        page, name = fetched.page, window.endpoint.name
        self._largest = max(self._largest, page.size)
        if name in self._unfiltered and window.dates != Window():
            return
        if not _is_within(page, window.dates):
            self._read_unfiltered(window)
            return
        window.requests += fetched.requests
        if window.kept is not None:
            if not self._continue_window(window, page):
                return
        elif number == 1:
            if (cut := self._cut(window, self._size_of(page).parts(page.total_pages))) is not None:
                self._count(window, page)
                yield cut
                return
            window.add(1, page)
            self._request_missing_pages(window, page)
        else:
            window.add(number, page)
        if sum(each.size for each in self._under_way) > MOST_BYTES_UNDER_WAY:
            yield from self._failed(window, self._too_much(window))
            return
        self._on_page(name, len(page.records), self._totals[name])
        if len(window.pages) == window.expected:
            yield from self._complete(window)

    def _too_much(self, window: ReadWindow) -> UnexpectedAnswerError:
        most = MOST_BYTES_UNDER_WAY // 2**20
        return UnexpectedAnswerError(
            beyond_bounds(f"GET {window.endpoint.path}", f"pages of more than {most} MiB")
        )

    def _size_of(self, page: Page) -> WindowSize:
        return window_size(min(MOST_PAGES, page.pages_at_once), self._last_run_requests, self._pages)

    def _continue_window(self, window: ReadWindow, page: Page) -> bool:
        """Continue a window with its kept pages, or start again if the list has changed; return which."""
        if window.use_kept_pages(page):
            self._request_missing_pages(window, page)
            return True
        path, dates = window.endpoint.path, window.dates
        logger.warning("%s, %s: it changed after some of its pages were read. Reading it again.", path, dates)
        self._add(window, [FIRST_PAGE])
        return False

    def _request_missing_pages(self, window: ReadWindow, page: Page) -> None:
        """Add the missing pages of a window to the backlog, as a page tells how many there are."""
        self._count(window, page)
        self._under_way.append(window)
        self._add(window, window.missing(page.total_pages))

    def _count(self, window: ReadWindow, page: Page) -> None:
        if not window.is_part and window.attempt == 1:
            self._totals[window.endpoint.name] += page.total_records

    def _complete(self, window: ReadWindow) -> Iterator[Finished | SplitWindow]:
        """Accept a window whose pages agree; otherwise read it again, then split it, then give it up."""
        self._under_way = [each for each in self._under_way if each is not window]
        path, fault = window.endpoint.path, disagreement(window.pages.values())
        if fault is None:
            yield Finished(window.endpoint, window.plan.reason, window.complete())
        elif window.attempt < TRIES_PER_WINDOW:
            logger.warning("%s, %s: %s Reading it again.", path, window.dates, fault)
            window.attempt += 1
            window.begin_again()
            self._add(window, [FIRST_PAGE])
        elif (cut := self._cut_unstable(window)) is not None:
            yield cut
        else:
            error = UnstableWindowError(
                f"The pages of {path} ({window.dates}) did not agree with each other in {TRIES_PER_WINDOW} "
                f"readings: {fault} Nothing of this window was loaded; run again when the books are quiet.",
                fault,
                window.endpoint.name,
                (window.dates.start, window.dates.end),
            )
            yield Finished(window.endpoint, window.plan.reason, None, error, window.dates, window.requests)

    def _cut_unstable(self, window: ReadWindow) -> SplitWindow | None:
        """Split a window whose pages never agreed into halves; None if it cannot be split."""
        self._unstable[window.endpoint.name] += 1
        return self._cut(window, 2) if self._unstable[window.endpoint.name] <= MOST_UNSTABLE else None

    def _cut(self, window: ReadWindow, parts: int) -> SplitWindow | None:
        """Split a window into parts to read in its place; None if it cannot be split."""
        cut = self._parts(window, parts)
        if len(cut) == 1:
            return None
        spent = window.requests
        for dates in cut:
            plan = PlannedWindow(dates, window.plan.reason)
            self._begin(ReadWindow(window.endpoint, plan, is_part=True, requests=spent))
            spent = 0
        return SplitWindow(window.endpoint, window.dates, cut)

    def _parts(self, window: ReadWindow, parts: int) -> list[Window]:
        endpoint = window.endpoint
        if parts == 1 or not endpoint.dated or endpoint.name in self._unfiltered:
            return [window.dates]
        return split(window.dates, parts, self._likely)

    def _interrupted(self) -> Iterator[SplitWindow | InterruptedWindow]:
        """Yield how the next pass continues with unfinished windows: in parts, or page by page.

        A window is split, if possible, when its missing pages did not fit in this pass either.
        """
        size = window_size(MOST_PAGES, self._pages, 0)
        for window in self._under_way:
            missing = window.expected - len(window.pages)
            cut = self._parts(window, max(2, -(-window.expected // size.aim)))
            if missing + 1 > self._pages and len(cut) > 1:
                yield SplitWindow(window.endpoint, window.dates, cut)
            elif len(window.pages) > 1:
                yield InterruptedWindow(
                    window.endpoint, window.dates, window.plan.reason, window.pages_to_keep()
                )

    def _read_unfiltered(self, window: ReadWindow) -> None:
        """Read a list completely and without splitting, because it ignores the requested dates."""
        endpoint = window.endpoint
        logger.warning("AccBooks does not filter %s by date: the whole list is read.", endpoint.path)
        self._unfiltered.add(endpoint.name)
        self._backlog.drop(endpoint)
        kept = self._kept.get((endpoint.name, Window()))
        self._under_way = [each for each in self._under_way if each.endpoint != endpoint]
        self._begin(ReadWindow(endpoint, PlannedWindow(Window(), "unfiltered"), kept=kept))

    def _failed(self, window: ReadWindow, error: Exception | None) -> Iterator[Finished]:
        endpoint = window.endpoint
        if not isinstance(error, PermissionMissingError):
            self._failure = self._failure or error
            self._backlog.drop()
        elif endpoint.name not in self._forbidden:
            self._forbidden.add(endpoint.name)
            self._backlog.drop(endpoint)
            yield Finished(endpoint, window.plan.reason, None, error)


def _is_within(page: Page, dates: Window) -> bool:
    """Tell whether all records of a page have the requested dates; ISO dates compare as text."""
    if page.dates is None:
        return True
    first, last = page.dates
    return not (dates.start and first < str(dates.start)) and not (dates.end and last > str(dates.end))
