"""What the worker reads and when, whatever goes wrong around it."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.emulator.settings import Fault
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoredEvent
from accbooks_warehouse.pipelines.destinations.event_stores import open_store
from accbooks_warehouse.pipelines.live import loads, untold
from accbooks_warehouse.pipelines.live import worker as module
from accbooks_warehouse.pipelines.live.batch import Batch, BatchResult, LoadedEvents
from accbooks_warehouse.pipelines.live.builder import Builder
from accbooks_warehouse.pipelines.live.companies import LiveCompany
from accbooks_warehouse.pipelines.live.event_loader import CompanyEvents
from accbooks_warehouse.pipelines.live.listener import (
    Listener,
    ReceiverGoneError,
    WorkerGoneError,
    company_ids,
    receiving,
)
from accbooks_warehouse.pipelines.live.run_report import RunReport
from accbooks_warehouse.pipelines.live.signals import Signals
from accbooks_warehouse.pipelines.live.worker import Worker
from accbooks_warehouse.pipelines.sync.prove import Loaded
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.sources.accbooks import (
    DayBudgetSpentError,
    Outcome,
    PermissionMissingError,
    Settings,
    date_of_record,
    open_books,
)
from service import options

SECONDS = 20.0


@dataclass
class Log:
    """Keeps what the worker reports; `on_run` is called with each report."""

    on_run: Callable[[RunReport], None] = lambda _: None
    said: list[str] = field(default_factory=list)
    times_opened: int = 0

    def ran(self, report: RunReport) -> None:
        self.on_run(report)

    def opened(self) -> None:
        self.times_opened += 1

    def announce(self, text: str) -> None:
        self.said.append(text)

    def warning(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture(scope="module")
def emulator():
    with running(EmulatorSettings(plan="enterprise", size="tiny", port=0, companies=2)) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    opened = open_store(DuckDB(str(tmp_path / "books.duckdb")).events)
    yield opened
    opened.close()


@pytest.fixture
def new_worker(emulator, store, tmp_path):
    def new(run_sync: Callable[[], SyncResult], log: Log) -> Worker:
        companies = [
            LiveCompany(Company(name, Settings(key, emulator.base_url)))
            for name, key in zip(("north", "south"), emulator.keys, strict=False)
        ]
        warehouse = DuckDB(str(tmp_path / "books.duckdb"))
        return Worker(warehouse, store, companies, lambda _: None, run_sync, log, 3_600.0)  # type: ignore[arg-type,return-value]

    return new


def event(number: int, company_id: str) -> StoredEvent:
    body = json.dumps({"id": f"evt_{number}", "type": "contact.updated", "data": {"id": "cust_1"}}).encode()
    at = dt.datetime.now(dt.UTC)
    return StoredEvent(company_id, f"evt_{number}", "contact.updated", body, at)


def test_an_event_that_comes_between_looking_and_waiting_is_not_waited_for():
    signals = Signals()
    seen = signals.told
    signals.stored()
    began = time.monotonic()
    signals.wait(SECONDS, seen)
    assert time.monotonic() - began < 1


def test_events_that_cannot_be_read_hide_no_others(new_worker, store, emulator, monkeypatch):
    monkeypatch.setattr(module, "MOST_EVENTS", 3)
    worker = new_worker(SyncResult, Log())
    worker.open_books()
    north, south = (str(each.company["id"]) for each in emulator.all_books)
    store.add([event(number, "configured no more") for number in range(4)])
    store.add([event(number, north) for number in range(4)])
    store.add([event(9, south)])
    worker.companies[0].not_before = time.monotonic() + SECONDS
    (able,) = worker._able(time.monotonic())  # noqa: SLF001 - what the next batch would read
    assert [each.key for each in worker._chosen(able, time.monotonic())] == [(south, "evt_9")]  # noqa: SLF001


def test_a_worker_without_room_for_another_load_waits_and_asks_for_no_events(
    new_worker, store, emulator, monkeypatch
):
    worker = new_worker(SyncResult, Log())
    worker.open_books()
    store.add([event(1, str(emulator.all_books[0].company["id"]))])
    assert worker._has_due_events(time.monotonic())  # noqa: SLF001 - what decides whether it waits
    with monkeypatch.context() as patch:
        patch.setattr(loads, "MOST_AT_ONCE", 0)
        patch.setattr(store, "pending", None)
        assert not worker._has_due_events(time.monotonic())  # noqa: SLF001
        worker._load_due_events(time.monotonic())  # noqa: SLF001
    assert worker._has_due_events(time.monotonic())  # noqa: SLF001


def test_books_are_opened_again_after_a_sync_and_after_a_limit(new_worker):
    worker = new_worker(SyncResult, Log())
    worker.open_books()
    company = worker.companies[0]
    of_sync = open_books(company.company.settings, name=company.company.name)
    company.synced(CompanyResult("north", of_sync.company_id, of_sync), is_read=True)
    assert (company.books, company.company_id) == (None, of_sync.company_id)
    worker.open_books()
    assert company.books is not None
    spent = Outcome(limit_reached=DayBudgetSpentError("Spent.", time.time() + 30))
    company.failed(
        CompanyResult("north", of_sync.company_id, company.books, outcome=spent), [], time.monotonic()
    )
    assert (company.books, company.is_due(time.monotonic())) == (None, False)


def test_a_batch_knows_by_the_events_that_wait_whose_books_were_edited_since(new_worker, store, monkeypatch):
    worker = new_worker(SyncResult, Log())
    worker.open_books()
    known: list[tuple[bool, bool]] = []
    first = event(1, "comp_1")

    def ask(batch: Batch, loads: Sequence[LoadedEvents]) -> BatchResult:
        is_edited = batch._is_edited_since  # noqa: SLF001 - what the prover would ask
        known.append((is_edited("comp_1", first.received_at), is_edited("comp_2", first.received_at)))
        return BatchResult(SyncResult(tuple(each.loaded.result for each in loads)))

    monkeypatch.setattr(Batch, "prove", ask)
    transforms = SimpleNamespace(dbt=SimpleNamespace(parsed=None), version="")
    monkeypatch.setattr(worker._builder, "_new_transforms", lambda _: nullcontext(transforms))  # noqa: SLF001

    def build() -> None:
        north = worker.companies[0]
        work = CompanyEvents(north.company, north.books, [first])
        result = CompanyResult(north.company.name, "comp_1", north.books)
        worker._builder.build([LoadedEvents(work, Loaded(result), ExitStack())])  # noqa: SLF001

    store.add([first])
    build()
    later = event(2, "comp_1")
    store.add([later])
    build()
    store.mark_done([later.key], dt.datetime.now(dt.UTC))
    build()
    assert known == [(False, False), (True, False), (False, False)]


def test_books_that_open_late_are_reported(new_worker, emulator):
    log = Log()
    worker = new_worker(SyncResult, log)
    emulator.arm(Fault("status", count=1, status=401, path="/v1/company"))
    worker.open_books()
    (closed,) = [each for each in worker.companies if each.books is None]  # either: they open side by side
    assert log.times_opened == 1
    closed.not_before = 0.0
    worker.open_books()
    worker.open_books()
    assert log.times_opened == 2


def test_a_company_that_cannot_be_read_any_more_is_known_by_its_id(new_worker):
    worker = new_worker(SyncResult, Log())
    worker.open_books()
    before = company_ids(worker.companies)
    worker.companies[0].back_off(0.0)
    assert worker.companies[0].books is None
    assert company_ids(worker.companies) == before
    assert before.ids == {"north": "comp_1", "south": "comp_2"}


def test_a_company_keeps_its_id_when_nothing_of_it_may_be_read_any_more(new_worker, emulator):
    log = Log()
    worker = new_worker(SyncResult, log)
    worker.open_books()
    company, before = worker.companies[0], company_ids(worker.companies)
    nameless = replace(company.books, company_id="north", knows_its_company=False)
    company.synced(CompanyResult("north", "north", nameless), is_read=True)
    assert company_ids(worker.companies) == before
    emulator.arm(Fault("status", count=1_000, status=403))
    worker.open_books()
    emulator.clear_faults()
    assert company_ids(worker.companies) == before
    assert company.books is None
    (said,) = log.said
    assert said.startswith("north: The API key may not read which company it belongs to any more.")
    assert "those of comp_1." in said


def test_events_that_came_under_a_name_are_read_once_its_id_is_known(new_worker, emulator, store):
    worker = new_worker(SyncResult, Log())
    emulator.arm(Fault("status", count=1_000, status=403))
    worker.open_books()
    assert company_ids(worker.companies).any_id == {"north", "south"}
    store.add([event(1, "north"), event(2, "south")])
    worker._move_events_of_names(time.monotonic())  # noqa: SLF001 - a part of each turn
    assert {each.company_id for each in store.pending(9)} == {"north", "south"}
    emulator.clear_faults()
    north = worker.companies[0]
    north.books = None
    worker.open_books()
    worker._move_events_of_names(time.monotonic())  # noqa: SLF001
    assert {each.key for each in store.pending(9)} == {("comp_1", "evt_1"), ("south", "evt_2")}
    assert company_ids(worker.companies).any_id == {"south"}
    store.add([event(3, "north")])  # from who was not told the id yet
    north.synced(None, is_read=True)
    worker._move_events_of_names(time.monotonic())  # noqa: SLF001
    assert {each.company_id for each in store.pending(9)} == {"comp_1", "south"}


def test_an_error_that_nobody_foresaw_does_not_end_the_worker(new_worker, monkeypatch):
    monkeypatch.setattr(module, "backed_off", lambda _: 0.0)
    monkeypatch.setattr(module, "FAILED_SYNC_SECONDS", 0.0)
    is_through = threading.Event()
    reports: list[RunReport] = []

    def fail_at_first(report: RunReport) -> None:
        reports.append(report)
        if len(reports) == 1:
            raise OSError(28, "No space left on device")
        is_through.set()

    worker = new_worker(SyncResult, Log(fail_at_first))
    monkeypatch.setattr(Builder, "warm_up", lambda _: None)
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    assert is_through.wait(SECONDS)
    worker.signals.stopped()
    thread.join(SECONDS)
    assert not thread.is_alive()


def test_the_end_of_the_thread_that_reads_is_told_as_its_own(new_worker, tmp_path, monkeypatch):
    worker = new_worker(SyncResult, Log())
    monkeypatch.setattr(worker, "run", lambda: None)
    with receiving(options(tmp_path)) as receiver, pytest.raises(WorkerGoneError) as ended:
        Listener(receiver, worker, Log()).run()
    assert str(ended.value) == "The thread that reads events ended. Stored events are kept."


def test_the_end_of_the_process_that_receives_is_told_as_its_own(new_worker, tmp_path, monkeypatch):
    worker = new_worker(SyncResult, Log())
    with receiving(options(tmp_path)) as receiver:

        def kill_the_receiver() -> None:
            os.kill(receiver._process.pid, signal.SIGKILL)  # noqa: SLF001 - as the system does
            worker.signals.stop.wait(SECONDS)

        monkeypatch.setattr(worker, "run", kill_the_receiver)
        with pytest.raises(ReceiverGoneError) as ended:
            Listener(receiver, worker, Log()).run()
    assert str(ended.value) == "The process that receives events ended. Stored events are kept."


def test_a_list_that_the_key_may_not_read_is_not_taken_for_one_without_dates(emulator):
    books = open_books(Settings(emulator.key, emulator.base_url))
    identifier = str(emulator.books.all("invoices")[-1]["id"])
    assert date_of_record(books, "invoices", identifier) is not None
    emulator.arm(Fault("status", count=1, status=403, path="/v1/invoices"))
    with pytest.raises(PermissionMissingError):
        date_of_record(books, "invoices", identifier)


@pytest.mark.parametrize(("company_id", "is_missed"), [("comp_told", True), ("comp_without_webhook", False)])
def test_only_a_company_that_sends_events_can_have_missed_one(store, monkeypatch, company_id, is_missed):
    monkeypatch.setattr(untold, "PATIENCE", dt.timedelta(0))
    monkeypatch.setattr(untold, "logged_changes", lambda *_: {(company_id, "invoices", "inv_1")})
    monkeypatch.setattr(untold, "payments_of_changes", lambda *_: {})
    store.add([event(1, "comp_told")])
    changes = untold.UntoldChanges(DuckDB("books.duckdb"), store)
    changes.note_sync(dt.datetime.now(dt.UTC))
    assert (changes.judged() is not None) is is_missed
