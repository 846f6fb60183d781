"""The windows of a pass, and the order in which their pages are fetched."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count

import pendulum

from sources.accbooks.endpoints import Endpoint
from sources.accbooks.kept_pages import KeptPages
from sources.accbooks.pages import Page, WindowRead
from sources.accbooks.windows import EXTRAS, PlannedWindow, Window


@dataclass
class ReadWindow:
    """A window being read, and its pages so far.

    `kept` are the pages that an earlier run kept of it; the last of them is asked for again first.
    """

    endpoint: Endpoint
    plan: PlannedWindow
    is_part: bool = False
    attempt: int = 1
    requests: int = 0
    expected: int = 1
    pages: dict[int, Page] = field(default_factory=dict)
    kept: KeptPages | None = None
    began_at: pendulum.DateTime | None = None

    @property
    def dates(self) -> Window:
        """Return the days of the window."""
        return self.plan.window

    @property
    def first_page(self) -> int:
        """Return the number of the page to ask for before all others."""
        return 1 if self.kept is None else self.kept.last

    def take_kept(self, page: Page) -> bool:
        """Take in the kept pages if the last of them is still what it was; tell whether that is so."""
        kept, self.kept = self.kept, None
        if kept is None or not kept.pages[kept.last].lists_the_same_as(page):
            return False
        self.pages = {**kept.pages, kept.last: page}
        self.began_at = kept.fetched_at
        return True

    def begin_again(self) -> None:
        """Forget the pages."""
        self.pages.clear()
        self.began_at = None

    def missing(self, total_pages: int) -> list[int]:
        """Return the numbers of the pages still to fetch, of so many."""
        self.expected = max(1, total_pages)
        return [number for number in range(1, self.expected + 1) if number not in self.pages]

    def as_kept(self) -> KeptPages:
        """Return the pages so far, to be kept."""
        return KeptPages(dict(self.pages), self.began_at or pendulum.now("UTC"))

    def whole(self) -> WindowRead:
        """Return the records of all pages, as of when the first of them was fetched if that was earlier."""
        pages = [page for _, page in sorted(self.pages.items())]
        records = [record for page in pages for record in page.records]
        return WindowRead(
            self.dates, records, len(pages), self.requests, self.began_at or pendulum.now("UTC")
        )


PageOfWindow = tuple[ReadWindow, int]
"""A page to fetch: its window and its number."""


class Backlog:
    """Pages to fetch: further pages of windows begun, then the windows not yet begun, oldest first.

    Windows that no sync is incomplete without come after all others.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[bool, bool, float, int, PageOfWindow]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._heap)

    def begin(self, window: ReadWindow) -> None:
        """Add the page that a window is begun with."""
        oldest, _ = window.dates.days
        is_extra = window.plan.reason in EXTRAS
        self._push(True, is_extra, oldest, (window, window.first_page))

    def add(self, window: ReadWindow, number: int) -> None:
        """Add a further page of a window."""
        self._push(False, False, 0.0, (window, number))

    def _push(self, begins: bool, is_extra: bool, oldest: float, page: PageOfWindow) -> None:  # noqa: FBT001
        heapq.heappush(self._heap, (begins, is_extra, oldest, next(self._order), page))

    def pop(self) -> PageOfWindow:
        """Take out the next page."""
        return heapq.heappop(self._heap)[-1]

    def drop(self, endpoint: Endpoint | None = None) -> None:
        """Forget the pages of an endpoint, or all of them."""
        self._heap = [entry for entry in self._heap if endpoint and entry[-1][0].endpoint != endpoint]
        heapq.heapify(self._heap)
