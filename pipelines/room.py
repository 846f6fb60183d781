"""Whether a run that finished what a limit had left unfinished has requests left to sync once more."""

from __future__ import annotations

from sources.accbooks.pages import PER_PAGE
from sources.accbooks.reading import Reading

from pipelines.destinations import Warehouse
from pipelines.load import DATED_RESOURCES
from pipelines.page_counts import PageCounts

UNDATED_RESOURCES = ("contacts", "bank_accounts")
REPORTS_OF_EVERY_SYNC = 5
"""Enough for those of the closing balances, and of what changed in the lookback, as a rule."""


def has_room_for_another(warehouse: Warehouse, reading: Reading) -> bool:
    """Tell whether a whole sync fits in what the last limited run got, beside what this one took already.

    Where it does not, it waits for the next run: what is finished is proved now.
    """
    if reading.unfinished is None or reading.is_stopped:
        return False
    left = reading.unfinished.gave - reading.client.budget.answered
    return left > 0 and requests_of_a_sync(warehouse, reading) <= left


def requests_of_a_sync(warehouse: Warehouse, reading: Reading) -> int:
    """Return how many requests a sync takes in which little has changed, by the records held."""
    pages = PageCounts(warehouse, reading.company_id)
    lookback = reading.today.subtract(days=reading.request.lookback_days)
    dated = sum(pages.of(name, lookback, None) for name in DATED_RESOURCES)
    counts = [
        warehouse.query(
            f"select count(*) from {warehouse.raw}.{name} where company_id = %s", reading.company_id
        )
        for name in UNDATED_RESOURCES
    ]
    undated = sum(max(1, -(-int(count) // PER_PAGE)) for ((count,),) in counts)
    return dated + undated + REPORTS_OF_EVERY_SYNC
