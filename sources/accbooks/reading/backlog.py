"""The windows of a pass, and the order in which their pages are fetched."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count, pairwise

import pendulum

from ..api.pages import Page, WindowRead
from ..endpoints import Endpoint
from ..tables.kept_pages import KeptPages
from ..windows import EXTRAS, PlannedWindow, Window

FIRST_PAGE = range(1, 2)


@dataclass
class ReadWindow:
    """A window being read, and its pages so far.

    `kept` are pages that an earlier run kept; the last of them is fetched again first. `size` is the memory
    of its pages in bytes.
    """

    endpoint: Endpoint
    plan: PlannedWindow
    is_part: bool = False
    attempt: int = 1
    requests: int = 0
    expected: int = 1
    pages: dict[int, Page] = field(default_factory=dict)
    size: int = 0
    kept: KeptPages | None = None
    began_at: pendulum.DateTime | None = None

    @property
    def dates(self) -> Window:
        """Return the days of the window."""
        return self.plan.window

    @property
    def first_page(self) -> int:
        """Return the number of the page to fetch first."""
        return 1 if self.kept is None else self.kept.last

    def use_kept_pages(self, page: Page) -> bool:
        """Use the kept pages if the last of them is unchanged in `page`; returns whether it is."""
        kept, self.kept = self.kept, None
        if kept is None or not kept.pages[kept.last].lists_the_same_as(page):
            return False
        self.pages = {**kept.pages, kept.last: page}
        self.size = sum(each.size for each in self.pages.values())
        self.began_at = kept.fetched_at
        return True

    def add(self, number: int, page: Page) -> None:
        """Add a page."""
        self.pages[number] = page
        self.size += page.size

    def begin_again(self) -> None:
        """Drop all pages."""
        self.pages.clear()
        self.size = 0
        self.began_at = None

    def missing(self, total_pages: int) -> list[range]:
        """Return the numbers of the pages still to fetch, as ranges."""
        self.expected = max(1, total_pages)
        edges = [0, *sorted(self.pages), self.expected + 1]
        return [range(before + 1, after) for before, after in pairwise(edges) if after > before + 1]

    def pages_to_keep(self) -> KeptPages:
        """Return the pages so far, to keep for a later run."""
        return KeptPages(dict(self.pages), self.began_at or pendulum.now("UTC"))

    def complete(self) -> WindowRead:
        """Return the records of all pages, and when their reading began."""
        pages = [page for _, page in sorted(self.pages.items())]
        records = [record for page in pages for record in page.records]
        began_at = self.began_at or pendulum.now("UTC")
        return WindowRead(self.dates, records, len(pages), self.requests, began_at, self.size)


PageOfWindow = tuple[ReadWindow, int]
"""A page to fetch: its window and its number."""


class Backlog:
    """Pages to fetch: first further pages of started windows, then windows not yet started, oldest first.

    Windows that a complete sync does not need come last. The pages of a window are a range, so memory does
    not grow with their number.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[bool, bool, float, int, ReadWindow, range]] = []
        self._order = count()

    def __len__(self) -> int:
        """Return how many ranges of pages are waiting."""
        return len(self._heap)

    def begin(self, window: ReadWindow) -> None:
        """Add the first page of a window."""
        oldest, _ = window.dates.days
        is_extra = window.plan.reason in EXTRAS
        first = range(window.first_page, window.first_page + 1)
        heapq.heappush(self._heap, (True, is_extra, oldest, next(self._order), window, first))

    def add(self, window: ReadWindow, numbers: range) -> None:
        """Add further pages of a window."""
        heapq.heappush(self._heap, (False, False, 0.0, next(self._order), window, numbers))

    def pop(self) -> PageOfWindow:
        """Remove and return the next page."""
        begins, is_extra, oldest, order, window, numbers = heapq.heappop(self._heap)
        if len(numbers) > 1:
            heapq.heappush(self._heap, (begins, is_extra, oldest, order, window, numbers[1:]))
        return window, numbers.start

    def drop(self, endpoint: Endpoint | None = None) -> None:
        """Drop the pages of an endpoint, or all pages."""
        self._heap = [entry for entry in self._heap if endpoint and entry[4].endpoint != endpoint]
        heapq.heapify(self._heap)
