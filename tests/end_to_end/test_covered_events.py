"""A sync covers the events of what it read itself, and no others."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from accbooks_warehouse.emulator.settings import Fault
from accbooks_warehouse.pipelines.destinations.event_store import StoreAddress, StoredEvent
from accbooks_warehouse.pipelines.destinations.event_stores import open_store
from accbooks_warehouse.pipelines.live import untold
from accbooks_warehouse.pipelines.live.covered import covered_events

pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]


@pytest.fixture(scope="module")
def copy(synced_copies):
    with synced_copies() as opened:
        yield opened


def stored(event_id: str, resource: str, record: dict[str, Any], verb: str = "updated") -> StoredEvent:
    """Return an event that came now."""
    type_ = f"{resource.removesuffix('s')}.{verb}"
    data = {"id": record["id"], "date": record.get("date")}
    body = json.dumps({"id": event_id, "type": type_, "company_id": "comp_1", "data": data}).encode()
    return StoredEvent("comp_1", event_id, type_, body, dt.datetime.now(dt.UTC))


def covered(copy: Any, events: list[StoredEvent], began_at: dt.datetime) -> list[str]:
    return [each.event_id for each in covered_events(copy.warehouse, "comp_1", events, began_at)]


def test_a_sync_covers_recent_days_and_whole_lists(copy):
    recent, old = copy.recent("invoices"), copy.old("invoices")
    events = [
        stored("recent", "invoices", recent),
        stored("old", "invoices", old),
        stored("contact", "contacts", copy.emulator.books.all("contacts")[-1]),
        stored("moved unseen", "invoices", {"id": old["id"], "date": recent["date"]}, "deleted"),
    ]
    began_at = dt.datetime.now(dt.UTC)
    copy.sync()
    late = stored("late", "invoices", recent)
    assert covered(copy, [*events, late], began_at) == ["recent", "contact"]


def test_a_payment_is_covered_if_the_day_of_its_invoice_was_read(copy):
    bank = copy.recent("transactions", lambda each: each["type"] == "money_in" and each["currency"] == "GBP")
    payments = [
        {**bank, "id": f"txn_{name}", "invoice_id": invoice and invoice["id"]}
        for name, invoice in (
            ("of_recent", copy.recent("invoices", is_sent)),
            ("of_old", copy.old("invoices")),
            ("of_none", None),
        )
    ]
    for each in payments:
        copy.emulator.books.put("transactions", each)
    events = [stored(each["id"], "transactions", each) for each in payments]
    began_at = dt.datetime.now(dt.UTC)
    copy.sync()
    assert covered(copy, events, began_at) == ["txn_of_recent", "txn_of_none"]
    for each in payments:
        copy.emulator.books.remove("transactions", each["id"])
    copy.sync()


@pytest.fixture
def judged(copy, tmp_path, monkeypatch):
    """Sync, and return what is said of changes when these events are stored, and no others."""
    monkeypatch.setattr(untold, "PATIENCE", dt.timedelta(0))

    def judge(events: Callable[[], list[StoredEvent]]) -> str | None:
        with closing(open_store(StoreAddress(tmp_path / "events.sqlite"))) as store:
            store.add(events())
            began_at = dt.datetime.now(dt.UTC)
            copy.sync()
            changes = untold.UntoldChanges(copy.warehouse, store)
            changes.note_sync(began_at)
            return changes.judged()

    return judge


@pytest.mark.nightly
def test_a_told_payment_explains_what_it_changed_of_its_invoice_and_nothing_else(copy, judged):
    copy.sync()
    invoice = copy.recent("invoices", is_sent)
    other = copy.recent("invoices", lambda each: is_sent(each) and each["id"] != invoice["id"])
    bank = copy.recent("transactions", lambda each: each["type"] == "money_in" and each["currency"] == "GBP")

    def payment_of(paid: dict[str, Any]) -> dict[str, Any]:
        of = {"invoice_id": paid["id"], "contact_id": paid["customer_id"]}
        return {**bank, "id": f"txn_pays_{paid['id']}", **of}

    def settled(paid: dict[str, Any]) -> dict[str, Any]:
        return {**paid, "status": "paid", "amount_paid": paid["gross_total"], "amount_due": Decimal(0)}

    def told(payment: dict[str, Any], verb: str) -> StoredEvent:
        return stored(f"{payment['id']} {verb}", "transactions", payment, verb)

    payment, other_payment = payment_of(invoice), payment_of(other)
    copy.put("transactions", payment)
    copy.put("invoices", settled(invoice))
    assert judged(lambda: [told(payment, "created")]) is None

    copy.emulator.books.remove("transactions", payment["id"])
    copy.put("invoices", invoice)
    copy.put("transactions", other_payment)
    day_before = dt.date.fromisoformat(other["date"]) - dt.timedelta(days=1)
    copy.put("invoices", {**settled(other), "date": str(day_before)})
    said = judged(lambda: [told(payment, "deleted"), told(other_payment, "updated")])
    assert said is not None
    assert "(invoices: 1)" in said  # the other one, of another day: the deletion explains what it changed


def is_sent(invoice: dict[str, Any]) -> bool:
    return (invoice["type"], invoice["status"]) == ("sales", "sent")


def test_a_sync_that_continues_another_does_not_cover_what_that_one_read(copy):
    invoice, journal = copy.recent("invoices"), copy.recent("journals")
    copy.emulator.arm(Fault("status", count=100, status=401, path="/v1/journals"))
    copy.sync()
    copy.emulator.clear_faults()
    copy.put("invoices", {**invoice, "reference": "after it was read"})
    events = [stored("invoice", "invoices", invoice), stored("journal", "journals", journal)]
    began_at = dt.datetime.now(dt.UTC)
    copy.load()
    held = copy.query("select reference from {raw}.invoices where id = %s", invoice["id"])
    assert held == [(invoice["reference"],)], "this test is about a sync that does not read invoices again"
    assert covered(copy, events, began_at) == ["journal"]
