"""Decide whether a run that completed an unfinished sync has requests left for another sync."""

from __future__ import annotations

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.page_counts import PageCounts
from accbooks_warehouse.pipelines.queries.row_counts import row_counts
from accbooks_warehouse.pipelines.sync.scrub import scrub_windows
from accbooks_warehouse.sources.accbooks import COMPANY, DATED_RESOURCES, ENDPOINTS, PER_PAGE, Books

UNDATED_RESOURCES = tuple(each.name for each in ENDPOINTS if not each.dated and each is not COMPANY)
"""The lists without dates: a sync reads all of each. The company's own record comes with the opening."""
OPENING = 1
"""The request that finds out whose books the key opens."""


def can_begin_another_sync(
    warehouse: Warehouse, books: Books, scrub_share: float, reports: int, last_run_requests: int
) -> bool:
    """Tell whether another full sync fits into `last_run_requests`, less what this run used already.

    The sync fetches the lists and `reports` reports. If it does not fit, it waits for the next run, and the
    books as they are now are compared.
    """
    left = last_run_requests - (books.budget.answered - OPENING)
    return requests_of_lists(warehouse, books, scrub_share) + reports <= left


def requests_of_lists(warehouse: Warehouse, books: Books, scrub_share: float) -> int:
    """Return how many requests the lists of a sync take, by the records in the warehouse."""
    pages = PageCounts(warehouse, books.company_id)
    lookback = books.today.subtract(days=books.request.lookback_days)
    dated = sum(pages.of(name, lookback, None) for name in DATED_RESOURCES)
    scrubbed = pages.of_windows(scrub_windows(warehouse, books, scrub_share))
    counts = row_counts(warehouse, UNDATED_RESOURCES, books.company_id).values()
    undated = sum(max(1, -(-count // PER_PAGE)) for count in counts)
    return dated + scrubbed + undated
