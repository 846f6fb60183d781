"""Find out which changes no event told: then events were missed, and nothing else says so."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoredEvent
from accbooks_warehouse.pipelines.queries.known_records import logged_changes, payments_of_changes

Change = tuple[str, str, str]
"""A changed document: company, list and id."""

PATIENCE = dt.timedelta(seconds=30)
"""How long after a sync an event of what it saw may still be on its way."""


@dataclass(frozen=True)
class _Suspects:
    """Changes that a sync saw which began then, and when to judge whether an event told them.

    `payments` are the transactions that may have changed an invoice.
    """

    changes: frozenset[Change]
    payments: Mapping[Change, frozenset[Change]]
    began_at: dt.datetime
    judge_at: dt.datetime


class UntoldChanges:
    """Waits after each sync for the events of what it saw, then says what none told."""

    def __init__(self, warehouse: Warehouse, store: EventStore) -> None:
        self._warehouse = warehouse
        self._store = store
        self._suspects: list[_Suspects] = []

    @property
    def seconds_left(self) -> float | None:
        """Return the seconds until there is something to judge; None if there is nothing."""
        if not self._suspects:
            return None
        return (self._suspects[0].judge_at - dt.datetime.now(dt.UTC)).total_seconds()

    def note_sync(self, began_at: dt.datetime) -> None:
        """Note what a sync saw that began then, of companies of which events should have told it: some did.

        Raises StoreError or WarehouseError if this cannot be asked for.
        """
        tell = {each.company_id for each in self._store.backlogs()}
        logged = logged_changes(self._warehouse, began_at) if tell else ()
        if changes := [each for each in logged if each[0] in tell]:
            judge_at = dt.datetime.now(dt.UTC) + PATIENCE
            payments = payments_of_changes(self._warehouse, began_at)
            self._suspects.append(_Suspects(frozenset(changes), payments, began_at, judge_at))

    def judged(self) -> str | None:
        """Return a sentence about changes that no event told, once their events have had time to come.

        Raises StoreError if the events cannot be read; it is not judged again then.
        """
        left = self.seconds_left
        if left is None or left > 0:
            return None
        suspects = self._suspects.pop(0)
        events = self._store.not_done_before(suspects.began_at)
        missed = untold(suspects.changes, events, suspects.payments)
        return warning(missed) if missed else None


def untold(
    changes: Collection[Change],
    events: Iterable[StoredEvent],
    payments: Mapping[Change, frozenset[Change]] = MappingProxyType({}),
) -> set[Change]:
    """Return the changes that none of these events told, itself or as one of the `payments` of an invoice.

    The events are those not in the models when the sync began: what an earlier one told was read before, so a
    change that the sync saw is another one.
    """
    told = {
        (stored.company_id, event.resource, event.record_id) for stored in events for event in [stored.event]
    }
    return {each for each in changes if each not in told and told.isdisjoint(payments.get(each, ()))}


def warning(missed: Collection[Change]) -> str:
    """Say how many changes no event told."""
    counts = Counter(resource for _, resource, _ in missed)
    what = ", ".join(f"{resource}: {count:,}" for resource, count in sorted(counts.items()))
    return (
        f"A sync found changes that no event told ({what}). They are in the warehouse now. If this comes "
        "again, see in AccBooks (Settings → Integrations → API → Webhooks) whether events fail to arrive."
    )
