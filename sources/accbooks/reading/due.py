"""Decide what a load reads: windows that are due, and reports of the months of the records read."""

from __future__ import annotations

from collections.abc import Mapping

import pendulum

from ..books_calendar import calendar_of_months
from ..endpoints import COMPANY, ENDPOINTS, Endpoint
from ..tables.reports import ReportRequest, requests_for
from ..windows import PlannedWindow
from .bookmark import Bookmark
from .books import Books
from .load_request import LoadRequest
from .outcome import Outcome

Bookmarks = Mapping[str, Bookmark]


def due_windows(
    books: Books, request: LoadRequest, bookmarks: Bookmarks
) -> list[tuple[Endpoint, PlannedWindow]]:
    """Return the windows of all lists that a pass has to read; one that is to read some resumes nothing."""
    resuming = resumed(books, request, bookmarks)
    return [
        (endpoint, plan)
        for endpoint in ENDPOINTS
        if endpoint != COMPANY and request.includes(endpoint.name)
        for plan in bookmarks[endpoint.name].due(endpoint, request.days, resuming=resuming)
    ]


def resumed(books: Books, request: LoadRequest, bookmarks: Bookmarks) -> pendulum.Date | None:
    """Return the day on which the sync that a load continues began; None if it continues none.

    It continues a sync that a limit ended, on any day, or one of today that something else interrupted.
    """
    if not request.includes_all_lists:
        return None
    if request.unfinished is not None:
        return request.unfinished.since.date()
    today = books.today
    return today if any(each.was_interrupted_on(today) for each in bookmarks.values()) else None


def reports_of(books: Books, outcome: Outcome) -> dict[str, list[ReportRequest]]:
    """Return all reports of the periods with postings of the records just read, and of this month."""
    return requests_for(calendar_of_months(outcome.posting_months, books.today, books.financial_year_end))
