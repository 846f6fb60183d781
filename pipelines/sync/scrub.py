"""Scrubbing: reading old days again in rotation, for what no report shows.

A description, a contact, a reference, or edits that cancel each other leave every trial balance as it was. So
a little of each day's requests goes to the days that were not read for longest: enough to come round within
a week where the share of the daily limit allows it.
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
"""Days in which all old days are to be read again: within a week, even if a run is missed."""


def scrub_windows(warehouse: Warehouse, books: Books, share: float) -> dict[str, list[Window]]:
    """Return the old days to read again in this run, by list; `share` is of our daily requests."""
    if share == 0 or not warehouse.has_raw_tables():
        return {}
    request = books.request
    stretches = old_stretches(
        warehouse, books.company_id, books.today, request.lookback_days, request.start_date
    )
    done = spent_today(warehouse, books.company_id, SCRUB)
    part = math.ceil(sum(each.pages for each in stretches) / ROUND_DAYS) - done
    ready = dt.datetime.now(dt.UTC) - FRESH
    return chosen(
        [each for each in stretches if each.read_at <= ready], part, _most_requests(books, share, done)
    )


def chosen(stretches: Sequence[Stretch], part: int, most: float) -> dict[str, list[Window]]:
    """Return the windows of the stretches read longest ago.

    They are enough to do a `part` of a round, in requests: the last of them may go beyond it. Together they
    take no more than `most`.
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
    """Return the requests we may scrub with: the share, less what is done, and half of what is left today.

    The daily limit of some plans is not known: there is none, then.
    """
    budget = books.budget
    if budget.daily_allowance is None:
        return math.inf
    spare = (budget.daily_allowance - budget.spent_today) // 2
    return min(int(budget.daily_allowance * share) - done, spare)
