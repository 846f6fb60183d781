"""Whether a run that finished what a limit had left unfinished has requests left to sync once more."""

from __future__ import annotations

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.page_counts import PageCounts
from accbooks_warehouse.pipelines.sync.scrub import scrub_windows
from accbooks_warehouse.sources.accbooks import DATED_RESOURCES, PER_PAGE, Reading

UNDATED_RESOURCES = ("contacts", "bank_accounts")
OPENING = 1
"""The request that finds out whose books the key opens."""


def has_room_for_another(warehouse: Warehouse, reading: Reading, scrub_share: float, reports: int) -> bool:
    """Tell whether a whole sync fits in what the last limited run got, beside what this one took already.

    Beside the lists it fetches so many `reports`. Where it does not fit it waits for the next run: what is
    finished is proved now.
    """
    if reading.unfinished is None or reading.is_stopped:
        return False
    left = reading.unfinished.gave - (reading.client.budget.answered - OPENING)
    return requests_of_lists(warehouse, reading, scrub_share) + reports <= left


def requests_of_lists(warehouse: Warehouse, reading: Reading, scrub_share: float) -> int:
    """Return how many requests the lists of a sync take, by the records held."""
    pages = PageCounts(warehouse, reading.company_id)
    lookback = reading.today.subtract(days=reading.request.lookback_days)
    dated = sum(pages.of(name, lookback, None) for name in DATED_RESOURCES)
    scrubbed = pages.of_windows(scrub_windows(warehouse, reading, scrub_share))
    counts = [
        warehouse.query(
            f"select count(*) from {warehouse.raw}.{name} where company_id = %s", reading.company_id
        )
        for name in UNDATED_RESOURCES
    ]
    undated = sum(max(1, -(-int(count) // PER_PAGE)) for ((count,),) in counts)
    return dated + scrubbed + undated
