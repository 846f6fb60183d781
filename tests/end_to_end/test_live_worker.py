"""The worker on real books: what one event or one company has wrong delays no other.

Two companies are in one warehouse. Each has an emulator of its own, so that one can fail alone.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Fault
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoreAddress, StoredEvent
from accbooks_warehouse.pipelines.destinations.event_stores import open_store
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.live import event_loader
from accbooks_warehouse.pipelines.live.companies import LiveCompany
from accbooks_warehouse.pipelines.live.run_report import RunReport
from accbooks_warehouse.pipelines.live.worker import Worker
from accbooks_warehouse.pipelines.output.progress import NoRunProgress
from accbooks_warehouse.pipelines.queries.spent_requests import spent_today
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.sync import Sync
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import WEBHOOK, Settings
from copies import TODAY, Copy

pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]

SECONDS = 60.0
NUMBERS = itertools.count(1)
ALWAYS = 1_000_000


@dataclass
class Place:
    """The books of two companies, north and south, and their warehouse."""

    copy: Copy
    emulators: dict[str, Emulator]

    def company(self, name: str, **settings: Any) -> Company:
        emulator = self.emulators[name]
        return Company(name, Settings(emulator.keys[KEYS[name]], emulator.base_url, **settings))

    def sync(self, *companies: Company) -> SyncResult:
        told = {"progress": NoRunProgress(), "announce": lambda _: None}
        return Sync(self.copy.warehouse, self.copy.transforms, Scope(), **told).run(companies)

    def last(self, name: str, resource: str) -> dict[str, Any]:
        return dict(self.emulators[name].all_books[KEYS[name]].all(resource)[-1])


KEYS = {"north": 0, "south": 1}
IDS = {"north": "comp_1", "south": "comp_2"}


@dataclass
class Running:
    """A worker that runs in a thread, and what it reported."""

    worker: Worker
    store: EventStore
    reports: list[RunReport] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def ran(self, report: RunReport) -> None:
        self._note(self.reports, report)

    def opened(self) -> None:
        pass

    def announce(self, text: str) -> None:
        pass

    def warning(self, text: str) -> None:
        self._note(self.said, text)

    def _note(self, kept: list[Any], what: Any) -> None:
        with self.changed:
            kept.append(what)
            self.changed.notify_all()

    def wait_for(self, holds: Callable[[], Any]) -> None:
        with self.changed:
            assert self.changed.wait_for(holds, SECONDS), (self.said, self.reports)

    def add(self, *events: StoredEvent) -> None:
        self.store.add(events)
        self.worker.signals.stored()

    @property
    def pending(self) -> set[str]:
        return {each.event_id for each in self.store.pending(100)}


@pytest.fixture(scope="module")
def place(opened_copies) -> Iterator[Place]:
    with (
        opened_copies(size="tiny", companies=2) as copy,
        running(EmulatorSettings(plan="enterprise", size="tiny", port=0, companies=2)) as south,
    ):
        place = Place(copy, {"north": copy.emulator, "south": south})
        result = place.sync(place.company("north"), place.company("south"))
        assert [each.error for each in result.companies] == [None, None]
        yield place


@pytest.fixture
def run(place, tmp_path):
    """Return a context in which a worker runs for companies of these names."""

    @contextmanager
    def running_worker(*companies: Company, sync: Callable[[], SyncResult] = SyncResult) -> Iterator[Running]:
        def transforms(parsed: Any) -> Transforms:
            return Transforms(place.copy.warehouse, TODAY, {}, parsed or place.copy.transforms.dbt.parsed)

        with (
            closing(open_store(open_address(tmp_path))) as store,
            closing(open_store(open_address(tmp_path))) as ours,
        ):
            run = Running(None, ours)  # type: ignore[arg-type]
            live = [LiveCompany(each) for each in companies]
            run.worker = Worker(place.copy.warehouse, store, live, transforms, sync, run, 3_600.0)
            run.worker.open_books()
            thread = threading.Thread(target=run.worker.run, daemon=True)
            thread.start()
            try:
                run.wait_for(lambda: any(each.kind == "sync" for each in run.reports))
                yield run
            finally:
                for each in place.emulators.values():
                    each.clear_faults()
                run.worker.signals.stopped()
                thread.join(SECONDS)
            assert not thread.is_alive()

    return running_worker


def open_address(folder: Path) -> StoreAddress:
    return StoreAddress(folder / "events.sqlite")


def event(name: str, resource: str, record: dict[str, Any], at: dt.datetime | None = None) -> StoredEvent:
    """Return an event of a company's record that came now."""
    event_id, type_ = f"evt_{next(NUMBERS)}", f"{resource.removesuffix('s')}.updated"
    data = {"id": record["id"], "date": record.get("date")}
    said = {"id": event_id, "type": type_, "company_id": IDS[name], "data": data}
    at = at or dt.datetime.now(dt.UTC)
    return StoredEvent(IDS[name], event_id, type_, json.dumps(said).encode(), at)


def test_an_event_that_cannot_be_read_delays_no_other_and_is_not_lost(place, run):
    journal, invoice = place.last("north", "journals"), place.last("north", "invoices")
    place.copy.emulator.arm(Fault("status", count=ALWAYS, status=400, path="/v1/journals"))
    with run(place.company("north")) as live:
        bad = event("north", "journals", journal)
        live.add(
            bad,
            event("north", "invoices", invoice),
            event("north", "contacts", place.last("north", "contacts")),
        )
        live.wait_for(lambda: live.pending == {bad.event_id})
        live.wait_for(lambda: [each for each in live.said if bad.event_id in each])
        named = f"event {bad.event_id} (journal.updated of {journal['id']})"
        (first, *_) = [each for each in live.said if bad.event_id in each]
        assert first == f"north: {named} cannot be read and is tried again in 2 s. Other events go on."
        for _ in range(3):
            live.add(event("north", "invoices", invoice))
            live.wait_for(lambda: live.pending == {bad.event_id})
        assert live.reports[-1].trouble == f"Events that cannot be read are tried again: {named}."
        place.copy.emulator.clear_faults()
        live.wait_for(lambda: not live.pending)
        live.wait_for(lambda: live.reports[-1].trouble is None)


def test_a_day_whose_pages_never_agree_keeps_its_events_alone(place, run):
    invoice = place.last("north", "invoices")
    journal = place.last("north", "journals")
    place.copy.emulator.arm(Fault("wrong_total", count=ALWAYS, path="/v1/journals"))
    before = dt.datetime.now(dt.UTC)
    with run(place.company("north")) as live:
        bad, good = event("north", "journals", journal), event("north", "invoices", invoice)
        live.add(bad, good)
        live.wait_for(lambda: [each.events for each in live.reports if each.kind == "batch"][:1] == [1])
        assert live.pending == {bad.event_id}
        ((requests,),) = place.copy.query(
            "select min(requests) from {raw}.sync_windows where outcome = 'never_agreed' and fetched_at > %s",
            before,
        )
        assert requests == 3
        place.copy.emulator.clear_faults()
        live.wait_for(lambda: not live.pending)


@pytest.mark.parametrize("of_what", ["a day", "no day", "a record"])
def test_a_list_that_may_not_be_read_for_a_while_keeps_its_events_alone(place, run, of_what):
    resource = "contacts" if of_what == "a record" else "journals"
    record = place.last("north", resource)
    place.copy.emulator.arm(Fault("status", count=ALWAYS, status=403, path=f"/v1/{resource}"))
    with run(place.company("north")) as live:
        bad = event("north", resource, record if of_what == "a day" else {"id": record["id"]})
        live.add(bad, event("north", "invoices", place.last("north", "invoices")))
        live.wait_for(lambda: [each.events for each in live.reports if each.kind == "batch"][:1] == [1])
        assert live.pending == {bad.event_id}
        place.copy.emulator.clear_faults()
        live.wait_for(lambda: not live.pending)


def test_a_sync_closes_the_events_of_lists_that_it_may_not_read(place, run, tmp_path):
    north = place.company("north")
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    closed = event("north", "journals", place.last("north", "journals"), long_ago)
    with closing(open_store(open_address(tmp_path))) as store:
        store.add([closed, event("north", "contacts", place.last("north", "contacts"), long_ago)])
    place.copy.emulator.arm(Fault("status", count=ALWAYS, status=403, path="/v1/journals"))
    with run(north, sync=lambda: place.sync(north)) as live:
        live.wait_for(lambda: not live.pending)
        (said,) = [each for each in live.said if "closed unread" in each]
        assert said.startswith(f"north: 1 event is closed unread: {closed.event_id} (journal.updated of ")
        assert "The API key may not read their lists." in said


def test_a_company_that_does_not_answer_delays_no_other(place, run):
    with run(place.company("north"), place.company("south")) as live:
        place.emulators["south"].arm(Fault("hold", count=ALWAYS, path="/v1/invoices"))
        held = event("south", "invoices", place.last("south", "invoices"))
        live.add(held, event("north", "invoices", place.last("north", "invoices")))
        live.wait_for(lambda: live.pending == {held.event_id})
        live.add(event("north", "contacts", place.last("north", "contacts")))
        live.wait_for(lambda: live.pending == {held.event_id})
        place.emulators["south"].clear_faults()
        live.wait_for(lambda: not live.pending)


def test_a_company_that_does_not_answer_at_the_start_keeps_no_other_closed(place, monkeypatch, run):
    monkeypatch.setattr("accbooks_warehouse.pipelines.live.worker.OPENING_SECONDS", 0.5)
    place.emulators["south"].arm(Fault("hold", count=ALWAYS, path="/v1/company"))
    with run(place.company("south"), place.company("north")) as live:
        assert [each.books is None for each in live.worker.companies] == [True, False]
        live.add(event("north", "contacts", place.last("north", "contacts")))
        live.wait_for(lambda: not live.pending)


def test_a_company_that_another_run_has_keeps_no_other_waiting(place, run):
    lock = place.copy.warehouse.lock("pipeline south")
    with run(place.company("north"), place.company("south")) as live, lock:
        waits = event("south", "contacts", place.last("south", "contacts"))
        live.add(waits, event("north", "contacts", place.last("north", "contacts")))
        live.wait_for(lambda: live.pending == {waits.event_id})


def test_an_error_of_the_warehouse_in_one_company_is_its_own(place, run, monkeypatch):
    known_days = event_loader.known_days

    def fails_in_the_south(warehouse: Any, company_id: str, *asked: Any) -> Any:
        if company_id == "comp_2":
            raise WarehouseError("The disk of the south is full.")
        return known_days(warehouse, company_id, *asked)

    with run(place.company("north"), place.company("south")) as live:
        with monkeypatch.context() as patched:
            patched.setattr(event_loader, "known_days", fails_in_the_south)
            waits = event("south", "invoices", place.last("south", "invoices"))
            live.add(waits, event("north", "invoices", place.last("north", "invoices")))
            live.wait_for(lambda: live.pending == {waits.event_id})
            live.wait_for(
                lambda: any(each.trouble == "The disk of the south is full." for each in live.reports)
            )
        live.wait_for(lambda: not live.pending)


def test_events_wait_for_the_first_complete_sync_of_their_company(place, run):
    with place.copy.warehouse.kept_open():
        place.copy.execute("delete from {raw}._dlt_pipeline_state where pipeline_name like '%south'")
    before = place.copy.query("select count(*) from {raw}.sync_windows where company_id = 'comp_2'")
    with run(place.company("north"), place.company("south")) as live:
        waits = event("south", "invoices", place.last("south", "invoices"))
        live.add(waits)
        south = live.worker.companies[1]
        live.wait_for(lambda: any(each.kind == "batch" for each in live.reports))
        assert (live.pending, south.waits_for_sync) == ({waits.event_id}, True)
        assert south.trouble is not None
        assert south.trouble.startswith("No sync has read these books completely yet.")
    assert place.copy.query("select count(*) from {raw}.sync_windows where company_id = 'comp_2'") == before
    place.sync(place.company("south"))
    with run(place.company("south")) as live:
        live.wait_for(lambda: not live.pending)


def test_every_request_for_an_event_counts_also_the_question_for_its_date(place, run):
    recorded = spent_today(place.copy.warehouse, "comp_1", WEBHOOK)
    with run(place.company("north")) as live:
        (north,) = live.worker.companies
        live.add(event("north", "journals", {"id": place.last("north", "journals")["id"]}))
        live.wait_for(lambda: not live.pending)
        assert north.books is not None
        made = north.books.budget.requests
    assert made >= 4  # the company, the date, the day, and the last balances
    assert north.share.counted - recorded == made
    assert spent_today(place.copy.warehouse, "comp_1", WEBHOOK) - recorded < made


def test_without_a_share_a_sync_settles_every_event(place, run, tmp_path):
    north = place.company("north", listen_share=0.0)
    invoices = place.emulators["north"].books.all("invoices")
    recent, old = invoices[-1], invoices[0]
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    covered = event("north", "invoices", recent, long_ago)
    unread = event("north", "invoices", old, long_ago)
    undated = event("north", "journals", {"id": place.last("north", "journals")["id"]}, long_ago)
    with closing(open_store(open_address(tmp_path))) as store:
        store.add([covered, unread, undated])
    with run(north, sync=lambda: place.sync(north)) as live:
        live.wait_for(lambda: not live.pending)
        (said,) = [each for each in live.said if "closed unread" in each]
        assert said.startswith("north: 2 events are closed unread: ")
        assert unread.event_id in said
        assert undated.event_id in said
        assert live.reports[-1].events == 1
        assert live.reports[-1].trouble is None
        late = event("north", "invoices", recent)
        live.add(late)
        live.wait_for(lambda: any(each.kind == "batch" for each in live.reports))
        assert live.pending == {late.event_id}  # until the next sync
