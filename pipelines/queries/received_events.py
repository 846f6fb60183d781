"""The webhook events that were received: how many wait, and how late the last one was. Makes no requests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass

from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoreError
from accbooks_warehouse.pipelines.destinations.event_stores import open_store
from accbooks_warehouse.pipelines.errors import WarehouseError


@dataclass(frozen=True)
class ReceivedEvents:
    """The events of a company: the last one received, those that wait to be read, and the last lag.

    `lag_seconds` is the time from the receipt of the event that was read last until it was in the models. It
    is None if none was read. Times are UTC.
    """

    last_received: dt.datetime
    waiting: int
    oldest_waiting: dt.datetime | None
    lag_seconds: float | None


def received_events(warehouse: Warehouse) -> Mapping[str, ReceivedEvents]:
    """Return the events of each company that has some, by its id; raises WarehouseError if unreadable."""
    with opened_events(warehouse, only_reads=True) as store:
        return {
            each.company_id: ReceivedEvents(
                each.last_received, each.pending, each.oldest_pending, each.last_lag_seconds
            )
            for each in store.backlogs()
            if each.last_received is not None
        }


def event_count(warehouse: Warehouse, company_id: str) -> int:
    """Return how many events of a company are stored; raises WarehouseError if they cannot be read."""
    with opened_events(warehouse, only_reads=True) as store:
        return store.count(company_id)


@contextmanager
def opened_events(warehouse: Warehouse, *, only_reads: bool = False) -> Iterator[EventStore]:
    """Open the store of a warehouse's events until the block ends; its errors become WarehouseErrors."""
    try:
        with closing(open_store(warehouse.events, only_reads=only_reads)) as store:
            yield store
    except StoreError as error:
        raise WarehouseError(str(error)) from error
