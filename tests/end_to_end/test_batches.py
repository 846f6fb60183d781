"""A batch compares the books, even where a load left the reports out, and heals what is at rest."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.live.batch import Batch, BatchResult
from accbooks_warehouse.pipelines.live.event_loader import CompanyEvents
from accbooks_warehouse.pipelines.queries.reconciliation import differences
from accbooks_warehouse.pipelines.sync.heal import Healing
from accbooks_warehouse.pipelines.sync.prove import IsEditedSince, never
from accbooks_warehouse.sources.accbooks import Extraction, open_books

pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]


@pytest.fixture(scope="module")
def copy(synced_copies):
    with synced_copies() as opened:
        opened.sync_and_prove()
        yield opened


def stored(record: dict[str, Any], event_type: str = "invoice.updated") -> StoredEvent:
    data = {"id": record["id"], "date": record["date"]}
    said = {"id": "evt_1", "type": event_type, "company_id": "comp_1", "data": data}
    return StoredEvent("comp_1", "evt_1", event_type, json.dumps(said).encode(), dt.datetime.now(dt.UTC))


def batch_of(copy: Any, *events: StoredEvent, is_edited_since: IsEditedSince = never) -> BatchResult:
    company = copy.company()
    work = CompanyEvents(company, open_books(company.settings), events)
    return Batch(copy.warehouse, copy.transforms, lambda _: None, is_edited_since).run([work])


def on_two_days_of_a_month(records: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The last two of the latest month that has records on two days; today's month may have begun today."""
    by_month: dict[str, dict[str, dict[str, Any]]] = {}
    for each in records:
        day = str(each["date"])
        by_month.setdefault(day[:7], {})[day] = each
    days = by_month[max(month for month, days in by_month.items() if len(days) > 1)]
    first, last = sorted(days)[-2:]
    return days[first], days[last]


@pytest.mark.parametrize("have_room", [True, False])
def test_balances_are_compared_whether_or_not_they_fit_into_the_first_load(copy, have_room, monkeypatch):
    invoice = copy.recent("invoices", lambda each: each["status"] == "sent" and each["type"] == "sales")
    copy.put("invoices", {**invoice, "reference": f"room {have_room}"})
    if not have_room:
        monkeypatch.setattr(Extraction, "can_include", lambda *_: False)
    before = copy.query("select max(fetched_at) from {raw}.sync_windows")[0][0]
    result = batch_of(copy, stored(invoice))
    assert [each.error for each in result.result.companies] == [None]
    assert len(result.done) == 1
    reads = copy.query(
        "select resource, reason from {raw}.sync_windows where fetched_at > %s order by resource", before
    )
    assert reads[0] == ("invoices", "webhook")
    assert {each for each in reads if each[0] == "trial_balance"} == {("trial_balance", "webhook")}
    held = copy.query("select reference from {raw}.invoices where id = %s", invoice["id"])
    assert held == [(f"room {have_room}",)]


def test_what_differs_is_not_looked_for_while_events_that_came_meanwhile_wait(copy):
    sales = [
        each
        for each in copy.emulator.books.all("transactions")
        if (each["type"], each["invoice_id"], each["status"]) == ("money_in", None, "posted")
        and each["currency"] == "GBP"
    ]
    first, last = on_two_days_of_a_month(sales)
    for record in (first, last):
        dearer = {name: record[name] + 1 for name in ("amount", "net_amount")}
        copy.put("transactions", {**record, **dearer})
    asked: list[str] = []

    def told_meanwhile(company_id: str, began: dt.datetime) -> bool:
        assert before < began < dt.datetime.now(dt.UTC)
        asked.append(company_id)
        return True

    before = dt.datetime.now(dt.UTC)
    events = [stored(each, "transaction.updated") for each in (first, last)]
    result = batch_of(copy, events[0], is_edited_since=told_meanwhile)
    assert asked == ["comp_1"]
    assert result.done == {events[0].key}
    assert result.result.companies[0].healing == Healing(is_in_flight=True)
    assert result.result.status is ExitStatus.DIFFERENCES
    assert {each.cause for each in differences(copy.warehouse, ["comp_1"])} == {"in_flight"}
    healing = "select count(*) from {raw}.sync_windows where reason in ('repair', 'probe')"
    healed = copy.query(healing)
    result = batch_of(copy, events[1])
    assert result.result.status is ExitStatus.DONE
    assert copy.query(healing) == healed


@pytest.mark.nightly
def test_a_ledger_changed_by_hand_is_left_to_the_next_sync(copy):
    old = copy.old("invoices", lambda each: each["status"] == "sent")
    ledger, of_old = "{staging}.ledger_postings", f"source_id = '{old['id']}'"
    rows = copy.query(f"select count(*) from {ledger} where {of_old}")
    copy.execute(f"delete from {ledger} where {of_old}")
    record = copy.recent("transactions")
    result = batch_of(copy, stored(record, "transaction.updated"))
    assert result.result.status is ExitStatus.DONE
    assert copy.query(f"select count(*) from {ledger} where {of_old}") == [(0,)]
    assert copy.sync().status is ExitStatus.DONE
    assert copy.query(f"select count(*) from {ledger} where {of_old}") == rows > [(0,)]
