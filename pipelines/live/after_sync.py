"""What a sync did for events that waited: those it has read are done, and some will never be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoredEvent
from accbooks_warehouse.pipelines.live.companies import LiveCompany
from accbooks_warehouse.pipelines.live.covered import covered_events

MOST_EVENTS = 20_000
"""The most events of a company in a batch."""
NAMED = 3


def settle_events(
    warehouse: Warehouse, store: EventStore, companies: Sequence[LiveCompany], began_at: dt.datetime
) -> tuple[list[StoredEvent], list[str]]:
    """Return the events that a sync of these companies has read which began then, and what there is to say.

    If webhooks have no requests, nothing reads the events that came before the sync and that it did not
    read: they are closed, and said once. Raises StoreError or WarehouseError.
    """
    done: list[StoredEvent] = []
    said: list[str] = []
    for company in companies:
        if company.company_id is None:
            continue
        pending = store.pending(MOST_EVENTS, company.company_id)
        covered = covered_events(warehouse, company.company_id, pending, began_at)
        done += covered
        left: list[StoredEvent] = []
        if company.requests_allowed == 0:
            read = {each.key for each in covered}
            left = [each for each in pending if each.received_at < began_at and each.key not in read]
            store.close_unread([each.key for each in left], dt.datetime.now(dt.UTC))
            said += [_sentence(company, left)] if left else []
        company.retries.succeeded([*covered, *left])
    return done, said


def _sentence(company: LiveCompany, left: Sequence[StoredEvent]) -> str:
    named = ", ".join(f"{each.event_id} ({each.type} of {each.event.record_id})" for each in left[:NAMED])
    more = f" and {len(left) - NAMED:,} more" if len(left) > NAMED else ""
    return (
        f"{company.company.name}: {len(left):,} events are closed unread: {named}{more}. They name no date, "
        "or days that the sync does not read again, and sources.accbooks.listen_share leaves no requests for "
        "them. The sync reads such days if a report differs, and in rotation."
    )
