"""What a sync did for events that waited: those it has read are done, and some will never be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoredEvent
from accbooks_warehouse.pipelines.live.companies import LiveCompany
from accbooks_warehouse.pipelines.live.covered import covered_events
from accbooks_warehouse.pipelines.live.touched import touches_a_list

MOST_EVENTS = 20_000
"""The most events of a company in a batch."""
NAMED = 3
NO_SHARE = (
    "They name no date, or days that the sync does not read again, and sources.accbooks.listen_share leaves "
    "no requests for them. The sync reads such days if a report differs, and in rotation."
)
FORBIDDEN = (
    "The API key may not read their lists. Once it may, the sync reads recent days, older ones if a report "
    "differs, and all in rotation."
)


def settle_events(
    warehouse: Warehouse,
    store: EventStore,
    companies: Sequence[LiveCompany],
    began_at: dt.datetime,
    forbidden: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> tuple[list[StoredEvent], list[str]]:
    """Return the events that a sync of these companies has read which began then, and what there is to say.

    If webhooks have no requests, nothing reads the events that came before the sync and that it did not
    read: they are closed, and said once. So are those of lists that it was not allowed to read, which
    `forbidden` has by company id. Raises StoreError or WarehouseError.
    """
    done: list[StoredEvent] = []
    said: list[str] = []
    for company in companies:
        if company.company_id is None:
            continue
        pending = store.pending(MOST_EVENTS, company.company_id)
        covered = covered_events(warehouse, company.company_id, pending, began_at)
        done += covered
        read = {each.key for each in covered}
        left = [each for each in pending if each.received_at < began_at and each.key not in read]
        lists = forbidden.get(company.company_id, ())
        closed = [each for each in left if touches_a_list(each.event, lists)]
        said += [_sentence(company, closed, FORBIDDEN)] if closed else []
        if company.requests_allowed == 0:
            others = [each for each in left if not touches_a_list(each.event, lists)]
            said += [_sentence(company, others, NO_SHARE)] if others else []
            closed = left
        store.close_unread([each.key for each in closed], dt.datetime.now(dt.UTC))
        company.retries.succeeded([*covered, *closed])
    return done, said


def _sentence(company: LiveCompany, closed: Sequence[StoredEvent], why: str) -> str:
    named = ", ".join(f"{each.event_id} ({each.type} of {each.event.record_id})" for each in closed[:NAMED])
    more = f" and {len(closed) - NAMED:,} more" if len(closed) > NAMED else ""
    events = "1 event is" if len(closed) == 1 else f"{len(closed):,} events are"
    return f"{company.company.name}: {events} closed unread: {named}{more}. {why}"
