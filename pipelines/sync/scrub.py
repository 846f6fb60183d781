"""Scrub: read old days again in rotation, to find edits that no report shows.

Edits of a description, contact or reference, and edits that cancel each other, change no trial balance. So a
sync spends some of the day's requests on the days that were read longest ago. All old days are read within a
week if the share of the daily limit allows it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.old_days import FRESH, Stretch, old_stretches
from accbooks_warehouse.pipelines.queries.spent_requests import spent_today
from accbooks_warehouse.sources.accbooks import SCRUB, Books, Window

ROUND_DAYS = 6
"""The days in which all old days are read again; a week, even if one run is missed."""


def scrub_windows(warehouse: Warehouse, books: Books, share: float) -> dict[str, list[Window]]:
    """Return the old days to read again in this run, by list.

    `share` is the part of our daily requests to spend on it.
    """
    if share == 0 or not warehouse.has_raw_tables():
        return {}
    request = books.request
    stretches = old_stretches(
        warehouse, books.company_id, books.today, request.lookback_days, request.start_date
    )
    done = spent_today(warehouse, books.company_id, SCRUB)
    part = math.ceil(sum(each.pages for each in stretches) / ROUND_DAYS) - done
    ready = dt.datetime.now(dt.UTC) - FRESH
    return oldest_windows(
        [each for each in stretches if each.read_at <= ready], part, _most_requests(books, share, done)
    )


def oldest_windows(stretches: Sequence[Stretch], part: int, most: float) -> dict[str, list[Window]]:
    """Return the windows of the stretches read longest ago, by list.

    They take at least `part` requests if there are enough stretches, and never more than `most`.
    """
    windows: dict[str, list[Window]] = {}
    for each in sorted(stretches, key=lambda each: (each.read_at, each.period, each.resource)):
        if part <= 0 or each.pages > most:
            break
        part -= each.pages
        most -= each.pages
        windows.setdefault(each.resource, []).append(Window(each.period.start, each.period.end))
    return windows


def _most_requests(books: Books, share: float, done: int) -> float:
    """Return how many requests scrubbing may make: the rest of its share, and at most half of those left.

    If the daily limit is not known, there is no limit.
    """
    budget = books.budget
    if budget.daily_allowance is None:
        return math.inf
    spare = (budget.daily_allowance - budget.spent_today) // 2
    return min(int(budget.daily_allowance * share) - done, spare)
