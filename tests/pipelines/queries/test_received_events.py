"""Webhook events that were received, as `status` and `forget` ask for them."""

from __future__ import annotations

import datetime as dt
import io
from contextlib import closing
from pathlib import Path

import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.destinations.event_store import UNKNOWN, StoredEvent
from accbooks_warehouse.pipelines.destinations.event_stores import open_store
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.output.views import print_status
from accbooks_warehouse.pipelines.queries.comparison import Compared, LineTotals
from accbooks_warehouse.pipelines.queries.received_events import (
    ReceivedEvents,
    event_count,
    opened_events,
    received_events,
)
from accbooks_warehouse.pipelines.queries.status import CompanyStatus
from rich.console import Console

FIRST = dt.datetime(2026, 4, 2, 10, tzinfo=dt.UTC)


def after(seconds: float) -> dt.datetime:
    return FIRST + dt.timedelta(seconds=seconds)


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDB:
    return DuckDB(str(tmp_path / "books.duckdb"))


def store(warehouse: DuckDB, *events: tuple[str, float, float | None], state: str = "pending") -> None:
    """Store events: the company, when it was received, and when it was in the models, in seconds."""
    stored = [
        StoredEvent(company, f"{state}_{number}", "invoice.updated", b"{}", after(received), state)
        for number, (company, received, _) in enumerate(events)
    ]
    with closing(open_store(warehouse.events)) as opened:
        opened.add(stored)
        for event, (_, _, done) in zip(stored, events, strict=True):
            if done is not None:
                opened.mark_done([event.key], after(done))


def test_each_company_has_its_last_event_those_that_wait_and_the_last_lag(warehouse: DuckDB) -> None:
    store(warehouse, ("a", 0, 3.5), ("a", 1, 10), ("a", 2, None), ("a", 3, None), ("b", 4, None), ("c", 5, 6))
    assert received_events(warehouse) == {
        "a": ReceivedEvents(after(3), 2, after(2), 9.0),
        "b": ReceivedEvents(after(4), 1, after(4), None),
        "c": ReceivedEvents(after(5), 0, None, 1.0),
    }


def test_every_stored_event_of_a_company_is_counted(warehouse: DuckDB) -> None:
    store(warehouse, ("a", 0, 3), ("a", 1, None), ("b", 2, None))
    store(warehouse, ("a", 3, None), state=UNKNOWN)
    assert {name: event_count(warehouse, name) for name in ("a", "b", "c")} == {"a": 3, "b": 1, "c": 0}


def test_asking_makes_no_file(warehouse: DuckDB, tmp_path: Path) -> None:
    assert (received_events(warehouse), event_count(warehouse, "a")) == ({}, 0)
    with opened_events(warehouse) as opened:
        assert opened.forget("a") == 0
    assert list(tmp_path.iterdir()) == []


def test_events_that_cannot_be_read_are_an_error_of_the_warehouse(warehouse: DuckDB) -> None:
    assert warehouse.events.file is not None
    warehouse.events.file.write_text("no database\n" * 100)
    with pytest.raises(WarehouseError, match=r"The events in .*books\.duckdb\.events\.sqlite cannot be"):
        received_events(warehouse)


@pytest.mark.parametrize(
    ("events", "lines"),
    [
        (None, []),
        (ReceivedEvents(after(0), 0, None, None), ["last webhook event 2026-04-02 10:00:00 UTC"]),
        (
            ReceivedEvents(after(9), 1_200, after(5), 7_000.25),
            [
                "last webhook event 2026-04-02 10:00:09 UTC",
                "the last one read was in the models after 7,000.2 s",
                "1,200 events not read yet, the oldest since 2026-04-02 10:00:05 UTC",
            ],
        ),
    ],
)
def test_the_status_of_a_company_shows_its_events_in_80_columns(
    events: ReceivedEvents | None, lines: list[str]
) -> None:
    console = Console(file=io.StringIO(), width=80, highlight=False)
    status = CompanyStatus(
        "a", "A Ltd", [], Compared((), LineTotals(0, 0, None), 0, has_postings=True), 0, None
    )
    print_status(console, status, events)
    assert isinstance(console.file, io.StringIO)
    shown = [line.strip() for line in console.file.getvalue().splitlines()]
    assert [line for line in shown if line] == [
        "A Ltd (a)",
        "no month matches AccBooks yet",
        "0 open differences, 0 lines not comparable",
        "0 rejected records",
        *lines,
        "resource  last read (UTC)  why  outcome",
    ]
