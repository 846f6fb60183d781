"""Open the store of webhook events at an address, whichever database it is."""

from __future__ import annotations

from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoreAddress


def open_store(address: StoreAddress, *, only_reads: bool = False) -> EventStore:
    """Return the store at an address; its tables are made by the first write.

    One that `only_reads` needs no right to write: call nothing else of it than what counts events.
    """
    if address.file is not None:
        from accbooks_warehouse.pipelines.destinations.sqlite_events import SqliteStore  # noqa: PLC0415 - the other need not be installed

        return SqliteStore(address.file, only_reads=only_reads)
    from accbooks_warehouse.pipelines.destinations.postgres_events import PostgresStore  # noqa: PLC0415 - as above

    assert address.postgres is not None  # noqa: S101 - one of the two is given
    return PostgresStore(address.postgres, only_reads=only_reads)
