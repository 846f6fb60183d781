"""Reading windows whole, with many requests in flight.

Windows, pages and lists are all in flight together. What is decided from the answers is decided in one
thread: whether a window is cut, read again or accepted. Windows are begun oldest first, and those begun are
finished first: little is held, and what an interrupted run leaves behind is whole up to some date.
"""

from __future__ import annotations

import heapq
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pendulum

from sources.accbooks.client import Client, Params
from sources.accbooks.crew import Crew
from sources.accbooks.endpoints import Endpoint
from sources.accbooks.errors import PermissionMissingError, UnstableWindowError
from sources.accbooks.pages import PER_PAGE, Page, WindowRead, decode_page, disagreement
from sources.accbooks.windows import MOST_PAGES, PlannedWindow, Window, split

logger = logging.getLogger(__name__)

TRIES_PER_WINDOW = 3
MOST_UNSTABLE = 500
"""Windows of a list that are cut because their pages never agree: a few edits take a dozen each, a list that
never agrees with itself must not be read day by day."""
FIRST_PAGE = range(1, 2)

OnPage = Callable[[str, int, int], None]
"""Told after each page: the list's name, the records on the page, and how many its windows hold."""


@dataclass(frozen=True)
class Finished:
    """A window that has come to its end: read whole, or given up with an error.

    `dates` are those of a window that was given up because its pages never agreed.
    """

    endpoint: Endpoint
    reason: str
    read: WindowRead | None
    error: PermissionMissingError | UnstableWindowError | None = None
    dates: Window | None = None


@dataclass
class _Window:
    """A window being read, and its pages so far."""

    endpoint: Endpoint
    plan: PlannedWindow
    is_part: bool = False
    attempt: int = 1
    requests: int = 0
    expected: int = 1
    pages: dict[int, Page] = field(default_factory=dict)

    @property
    def dates(self) -> Window:
        return self.plan.window


_Page = tuple[_Window, int]
"""A page to fetch: its window and its number."""


@dataclass(frozen=True)
class _Fetched:
    page: Page
    requests: int


class _Backlog:
    """Pages to fetch: further pages of windows begun, then the windows not yet begun, oldest first.

    The pages of a window are a range, which takes no more room however many there are.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[bool, float, int, _Window, range]] = []
        self._order = count()

    def __len__(self) -> int:
        """Return how many windows have pages that wait."""
        return len(self._heap)

    def add(self, window: _Window, numbers: range) -> None:
        if numbers:
            begins = numbers.start == 1
            oldest, _ = window.dates.days
            entry = (begins, oldest if begins else 0.0, next(self._order), window, numbers)
            heapq.heappush(self._heap, entry)

    def pop(self) -> _Page:
        begins, oldest, order, window, numbers = heapq.heappop(self._heap)
        if len(numbers) > 1:
            heapq.heappush(self._heap, (begins, oldest, order, window, numbers[1:]))
        return window, numbers.start

    def drop(self, endpoint: Endpoint | None = None) -> None:
        """Forget the pages of an endpoint, or all of them."""
        self._heap = [entry for entry in self._heap if endpoint and entry[3].endpoint != endpoint]
        heapq.heapify(self._heap)


class Reader:
    """Reads the windows of lists; for one pass, in one thread.

    `likely` says where the records of an open end begin and end, to cut large windows evenly.
    """

    def __init__(self, client: Client, likely: Window, on_page: OnPage) -> None:
        self._client = client
        self._likely = likely
        self._on_page = on_page
        self._backlog = _Backlog()
        self._totals: Counter[str] = Counter()
        self._forbidden: set[str] = set()
        self._unfiltered: set[str] = set()
        self._unstable: Counter[str] = Counter()
        self._failure: Exception | None = None

    def read(self, planned: Iterable[tuple[Endpoint, PlannedWindow]]) -> Iterator[Finished]:
        """Yield every window as it comes to its end, in as many parts as needed.

        A missing permission or pages that never agree end a list or a window, the others go on. Any other
        error stops the pass: what is in flight is awaited, what is then whole is yielded, and the error
        raised (AccBooksError).
        """
        for endpoint, plan in planned:
            self._add(_Window(endpoint, plan))
        crew = Crew(self._fetch, lambda: self._client.budget.concurrency)
        for done in crew.work(self._backlog):
            window, number = done.task
            if done.result is None:
                yield from self._failed(window, done.error)
            else:
                yield from self._fetched(window, number, done.result)
        if self._failure is not None:
            raise self._failure

    def _add(self, window: _Window, numbers: range = FIRST_PAGE) -> None:
        if self._failure is None and window.endpoint.name not in self._forbidden:
            self._backlog.add(window, numbers)

    def _fetch(self, wanted: _Page) -> _Fetched:
        """Fetch one page; runs in a thread of the crew."""
        window, number = wanted
        endpoint, budget = window.endpoint, self._client.budget
        params: Params = {**window.dates.params, "page": number, "per_page": PER_PAGE}
        before = budget.requests_of_thread
        page = self._client.get_as(decode_page, endpoint.path, params, permission=endpoint.permission)
        return _Fetched(page, budget.requests_of_thread - before)

    def _fetched(self, window: _Window, number: int, fetched: _Fetched) -> Iterator[Finished]:
        page, name = fetched.page, window.endpoint.name
        if name in self._unfiltered and window.dates != Window():
            return
        if not _is_within(page, window.dates):
            self._read_unfiltered(window)
            return
        window.requests += fetched.requests
        window.pages[number] = page
        if number == 1:
            if not window.is_part and window.attempt == 1:
                self._totals[name] += page.total_records
            most = min(MOST_PAGES, page.pages_at_once)
            if page.total_pages > most and self._cut(window, -(-page.total_pages // most)):
                return
            window.expected = max(1, page.total_pages)
            self._add(window, range(2, page.total_pages + 1))
        self._on_page(name, len(page.records), self._totals[name])
        if len(window.pages) == window.expected:
            yield from self._complete(window)

    def _complete(self, window: _Window) -> Iterator[Finished]:
        """Accept a window whose pages agree; else read it again, then cut it, and in the end give it up."""
        path, fault = window.endpoint.path, disagreement(window.pages.values())
        if fault is None:
            yield Finished(window.endpoint, window.plan.reason, _whole(window))
        elif window.attempt < TRIES_PER_WINDOW:
            logger.warning("%s, %s: %s Reading it again.", path, window.dates, fault)
            window.attempt += 1
            window.pages.clear()
            self._add(window)
        elif not self._cut_unstable(window):
            error = UnstableWindowError(
                f"The pages of {path} ({window.dates}) did not agree with each other in {TRIES_PER_WINDOW} "
                f"readings: {fault} Nothing of this window was loaded; run again when the books are quiet."
            )
            yield Finished(window.endpoint, window.plan.reason, None, error, window.dates)

    def _cut_unstable(self, window: _Window) -> bool:
        """Begin the halves of a window whose pages never agreed; tell whether it could be cut."""
        self._unstable[window.endpoint.name] += 1
        return self._unstable[window.endpoint.name] <= MOST_UNSTABLE and self._cut(window, 2)

    def _cut(self, window: _Window, parts: int) -> bool:
        """Begin the parts of a window in its place; tell whether it could be cut."""
        endpoint = window.endpoint
        if not endpoint.dated or endpoint.name in self._unfiltered:
            return False
        cut = split(window.dates, parts, self._likely)
        if len(cut) == 1:
            return False
        spent = window.requests
        for dates in cut:
            plan = PlannedWindow(dates, window.plan.reason)
            self._add(_Window(window.endpoint, plan, is_part=True, requests=spent))
            spent = 0
        return True

    def _read_unfiltered(self, window: _Window) -> None:
        """Read a list whole and uncut, because it takes no notice of the dates asked for."""
        endpoint = window.endpoint
        logger.warning("AccBooks does not filter %s by date: the whole list is read.", endpoint.path)
        self._unfiltered.add(endpoint.name)
        self._backlog.drop(endpoint)
        self._add(_Window(endpoint, PlannedWindow(Window(), "unfiltered")))

    def _failed(self, window: _Window, error: Exception | None) -> Iterator[Finished]:
        endpoint = window.endpoint
        if not isinstance(error, PermissionMissingError):
            self._failure = self._failure or error
            self._backlog.drop()
        elif endpoint.name not in self._forbidden:
            self._forbidden.add(endpoint.name)
            self._backlog.drop(endpoint)
            yield Finished(endpoint, window.plan.reason, None, error)


def _is_within(page: Page, dates: Window) -> bool:
    """Tell whether all records of a page are of the dates asked for; ISO dates compare as text."""
    if page.dates is None:
        return True
    first, last = page.dates
    return not (dates.start and first < str(dates.start)) and not (dates.end and last > str(dates.end))


def _whole(window: _Window) -> WindowRead:
    pages = [page for _, page in sorted(window.pages.items())]
    records = [record for page in pages for record in page.records]
    size = sum(page.size for page in pages)
    return WindowRead(window.dates, records, len(pages), window.requests, pendulum.now("UTC"), size)
