"""A key's requests of the minute and the day, counted in the control database."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

from accbooks_warehouse.pipelines.control.claim import current_claim
from accbooks_warehouse.pipelines.control.errors import ClaimEndedError
from accbooks_warehouse.pipelines.control.schema import SCHEMA
from accbooks_warehouse.sources.accbooks import RateHeaders

if TYPE_CHECKING:
    from accbooks_warehouse.pipelines.control.database import ControlDatabase

SPENT = f"""
select coalesce(sum(counted.spent), 0)
from {SCHEMA}.requests_by_day as counted
left join {SCHEMA}.keys as known on counted.key_digest = known.key_digest
where counted.key_digest = %s
    and counted.day
    = ((clock_timestamp() + coalesce(known.clock_offset, interval '0')) at time zone 'utc')::date
"""
LOST = f"update {SCHEMA}.requests_in_flight set is_lost = true where request = %s"
FORGET = ("requests_in_flight", "requests_by_day", "keys")


class KeyCount:
    """Counts the requests of a key, those of all processes; the source's SharedCount.

    Once this process has a claim, a request is only counted while the claim has not ended.
    """

    def __init__(self, database: ControlDatabase, digest: str) -> None:
        self._database = database
        self._digest = digest
        self._of_thread = threading.local()

    def spend(self, allowance: int | None, slack: float) -> float | None:
        """Count a request that goes out now; see SharedCount.

        Raises ClaimEndedError if another process may read the key's company by now, ControlError if the
        database cannot be used.
        """
        claim = current_claim()
        ((has_ended, wait, spent, request),) = self._database.query(
            f"select has_ended, wait, spent, request from {SCHEMA}.spend(%s, %s, %s, %s)",
            self._digest,
            None if claim is None else claim.number,
            allowance,
            slack,
        )
        if has_ended:
            raise ClaimEndedError
        if wait > 0:
            return float(wait)
        if spent is None:
            return None
        self._of_thread.request = request
        return 0.0

    def answered(self, headers: RateHeaders | None) -> None:
        """Record the response to this thread's request; see SharedCount."""
        if headers is None:
            self._database.query(LOST, self._of_thread.request)
            return
        self._database.query(
            f"select {SCHEMA}.answered(%s, %s, %s, %s, %s, %s)",
            self._digest,
            self._of_thread.request,
            headers.limit,
            headers.remaining,
            _moment(headers.reset),
            _moment(headers.date),
        )

    def spent(self) -> int:
        """Return the requests of this day."""
        ((spent,),) = self._database.query(SPENT, self._digest)
        return int(spent)

    def forget(self) -> None:
        """Delete all that is known of the key."""
        for table in FORGET:
            self._database.query(f"delete from {SCHEMA}.{table} where key_digest = %s", self._digest)


def _moment(seconds: float | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)
