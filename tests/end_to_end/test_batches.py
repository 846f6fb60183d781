"""A batch compares the books with AccBooks even where a load left the reports out."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from accbooks_warehouse.pipelines.destinations.event_store import StoredEvent
from accbooks_warehouse.pipelines.live.batch import Batch
from accbooks_warehouse.pipelines.live.event_loader import CompanyEvents
from accbooks_warehouse.sources.accbooks import Extraction, open_books

pytestmark = pytest.mark.databases("duckdb")


@pytest.fixture(scope="module")
def copy(synced_copies):
    with synced_copies() as opened:
        opened.sync_and_prove()
        yield opened


def stored(record: dict[str, Any]) -> StoredEvent:
    data = {"id": record["id"], "date": record["date"]}
    said = {"id": "evt_1", "type": "invoice.updated", "company_id": "comp_1", "data": data}
    return StoredEvent(
        "comp_1", "evt_1", "invoice.updated", json.dumps(said).encode(), dt.datetime.now(dt.UTC)
    )


@pytest.mark.parametrize("have_room", [True, False])
def test_balances_are_compared_whether_or_not_they_fit_into_the_first_load(copy, have_room, monkeypatch):
    invoice = copy.recent("invoices", lambda each: each["status"] == "sent" and each["type"] == "sales")
    copy.put("invoices", {**invoice, "reference": f"room {have_room}"})
    if not have_room:
        monkeypatch.setattr(Extraction, "can_include", lambda *_: False)
    company = copy.company()
    work = CompanyEvents(company, open_books(company.settings), [stored(invoice)])
    before = copy.query("select max(fetched_at) from {raw}.sync_windows")[0][0]
    result = Batch(copy.warehouse, copy.transforms, lambda _: None).run([work])
    assert [each.error for each in result.result.companies] == [None]
    assert len(result.done) == 1
    reads = copy.query(
        "select resource, reason from {raw}.sync_windows where fetched_at > %s order by resource", before
    )
    assert reads[0] == ("invoices", "webhook")
    assert {each for each in reads if each[0] == "trial_balance"} == {("trial_balance", "webhook")}
    held = copy.query("select reference from {raw}.invoices where id = %s", invoice["id"])
    assert held == [(f"room {have_room}",)]
