"""Which events a sync has read: those that came before it, and name only days that it read."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent
from accbooks_warehouse.pipelines.live.touched import is_covered, was_read
from accbooks_warehouse.pipelines.queries.known_records import known_days, settled_days
from accbooks_warehouse.pipelines.queries.read_windows import windows_read
from accbooks_warehouse.sources.accbooks import DATED_RESOURCES


def covered_events(
    warehouse: Warehouse, company_id: str, events: Sequence[StoredEvent], began_at: dt.datetime
) -> list[StoredEvent]:
    """Return those of a company's events that a sync has read which began then.

    Of a payment it has to have read the day of the invoice too, whose amounts paid and due have changed. If
    the payment is deleted, nobody knows its invoice any more.

    Only what it read itself counts: a sync that continues one that was cut off does not read again what that
    one read, perhaps before the event. Raises WarehouseError.
    """
    events = [each for each in events if each.received_at < began_at]
    if not events:
        return []
    with warehouse.kept_open():
        windows = windows_read(warehouse, company_id, began_at)
        days = _days_held(warehouse, company_id, events)
        settled = settled_days(warehouse, company_id, _ids(events).get("transactions", ()))
    invoices = windows.get("invoices", ())
    return [
        stored
        for stored in events
        for event in [stored.event]
        if is_covered(event, windows, days.get((event.resource, event.record_id)))
        and (
            event.resource != "transactions"
            or (paid := settled.get(event.record_id or "")) is None
            or was_read(paid, invoices)
        )
    ]


def _days_held(
    warehouse: Warehouse, company_id: str, events: Sequence[StoredEvent]
) -> Mapping[tuple[str | None, str | None], dt.date]:
    """Return the days on which the warehouse holds the records of events now, by list and id."""
    return {
        (name, record_id): day
        for name, each in _ids(events).items()
        for record_id, day in known_days(warehouse, company_id, name, each).items()
    }


def _ids(events: Sequence[StoredEvent]) -> Mapping[str, set[str]]:
    """Return the ids of the dated records that events name, by list."""
    ids: dict[str, set[str]] = defaultdict(set)
    for stored in events:
        event = stored.event
        if event.resource in DATED_RESOURCES and event.record_id is not None:
            ids[event.resource].add(event.record_id)
    return ids
