"""What events tell is in the models within seconds, on both databases, and equals the books.

The tests share one service for each database. Each waits until nothing is pending, and leaves the warehouse
equal to the books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pendulum
import pytest
import requests
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.findings import findings
from prometheus_client.parser import text_string_to_metric_families
from services import SECRET, Service, backlogs, differences, environment_of, serving

Record = dict[str, Any]
TODAY = pendulum.today("UTC").date()
SECONDS = 60.0

pytestmark = pytest.mark.long_on("postgres")


@dataclass
class Live:
    """The books, the service that follows them, and its warehouse."""

    emulator: Emulator
    warehouse: Warehouse
    service: Service

    def edit(self, change: Callable[[], Any]) -> list[Record]:
        """Change the books, wait until the service has read it all, and return its batches."""
        before = len(self.service.said)
        told = self.emulator.webhooks.summary().get("events", 0)
        change()
        expected = self.emulator.webhooks.summary()["events"] - told
        assert self.emulator.webhooks.wait_until_sent(SECONDS)
        self.service.wait_for(lambda _: self._read_since(before) >= expected, before)
        return self._batches(before)

    def _read_since(self, before: int) -> int:
        return sum(each["events"] for each in self._batches(before))

    def _batches(self, before: int) -> list[Record]:
        return [each for each in self.service.said[before:] if each["event"] == "batch"]

    def put(self, resource: str, record: Record, **changes: Any) -> list[Record]:
        """File a record with changes, as `edit` does."""
        changed = {**record, **changes}
        return self.edit(lambda: self.emulator.books.put(resource, changed))

    def last(self, resource: str, accept: Callable[[Record], bool] = lambda _: True) -> Record:
        return [dict(each) for each in self.emulator.books.all(resource) if accept(each)][-1]

    def report(self, as_at: str) -> set[tuple[Any, ...]]:
        answer = requests.get(
            f"{self.emulator.base_url}reports/trial-balance",
            params={"as_at": as_at, "format": "json"},
            headers={"Authorization": f"Bearer {self.emulator.key}"},
            timeout=10,
        )
        lines = answer.json(parse_float=Decimal)["data"]["lines"]
        return {(each["nominal_code"], each["debit"] - each["credit"]) for each in lines}

    def assert_current(self) -> None:
        """Assert that raw tables, balances and findings say what the books say."""
        assert differences(self.warehouse, self.emulator.books) == {}
        rows = self.warehouse.query(
            f"select as_at, nominal_code, debit - credit from {self.warehouse.models}.trial_balance"
        )
        for as_at in sorted({row[0] for row in rows})[-14:]:
            ours = {(code, amount) for day, code, amount in rows if day == as_at and amount}
            assert ours == {each for each in self.report(str(as_at)) if each[1]}, as_at
        assert [each.message for each in findings(self.warehouse, None).errors] == []
        assert sum(each.pending for each in backlogs(self.warehouse)) == 0


@pytest.fixture(scope="module")
def live(open_warehouse: Any, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service on small books, after its first sync."""
    home = tmp_path_factory.mktemp("home")
    with (
        running(Settings(plan="enterprise", size="tiny", port=0, companies=2)) as emulator,
        open_warehouse(database) as warehouse,
        serving(
            environment_of(warehouse, emulator, home),
            home,
            *("--destination", database, "--metrics-port", "0", "--sync-every", "1d"),
        ) as service,
    ):
        emulator.register(service.url, SECRET)
        service.wait_for_sync()
        yield Live(emulator, warehouse, service)
        assert service.stop() == 0
        assert service.said[-1]["event"] == "stopped"


def is_open_sale(record: Record) -> bool:
    return record["type"] == "sales" and record["status"] == "sent" and record["currency"] == "GBP"


def test_an_edited_invoice_costs_few_requests(live):
    invoice = live.last("invoices", is_open_sale)
    (batch,) = live.put("invoices", invoice, reference="edited")
    assert 2 <= batch["requests"] <= 4
    assert batch["lag_seconds"] < SECONDS
    live.assert_current()


@pytest.mark.soak_on("postgres")
def test_created_and_deleted_records_and_a_payment_that_settles_an_invoice_and_goes_again(live):
    made = {
        resource: {
            **live.last(resource, is_open_sale if resource == "invoices" else lambda _: True),
            "id": f"made_{resource}",
        }
        for resource in ("invoices", "transactions", "journals")
    }
    invoice = live.last("invoices", is_open_sale)
    bank = live.last("transactions", lambda each: each["type"] == "money_in" and each["currency"] == "GBP")
    payment = {
        **bank,
        "id": "txn_settles",
        "date": str(TODAY),
        "invoice_id": invoice["id"],
        "contact_id": invoice["customer_id"],
        "amount": invoice["gross_total"],
        "net_amount": invoice["gross_total"],
        "vat_amount": Decimal("0.00"),
    }

    def create() -> None:
        for resource, record in made.items():
            live.emulator.books.put(resource, record)
        live.emulator.books.put("transactions", payment)

    def delete() -> None:
        for resource, record in made.items():
            live.emulator.books.remove(resource, record["id"])
        live.emulator.books.remove("transactions", payment["id"])

    for change in (create, delete):
        live.edit(change)
        live.assert_current()


@pytest.mark.soak_on("postgres")
def test_a_void_invoice_posts_nothing_and_a_date_moved_between_months_and_years_changes_both(live):
    void, *moved = [each for each in live.emulator.books.all("invoices") if is_open_sale(each)][-3:]

    def edit() -> None:
        live.emulator.books.put("invoices", {**void, "status": "void"})
        for invoice, back in zip(moved, ({"months": 1}, {"years": 2}), strict=True):
            day = pendulum.Date.fromisoformat(invoice["date"]).subtract(**back)
            live.emulator.books.put(
                "invoices", {**invoice, "date": str(day), "due_date": str(day.add(days=30))}
            )

    live.edit(edit)
    live.assert_current()


@pytest.mark.soak_on("postgres")
def test_a_renamed_contact_is_read_by_its_id(live):
    contact = live.last("contacts")
    (batch,) = live.put("contacts", contact, name="Renamed & Sons")
    assert batch["requests"] <= 2
    names = live.warehouse.query(
        f"select name from {live.warehouse.raw}.contacts where id = %s", contact["id"]
    )
    assert names == [("Renamed & Sons",)]
    live.assert_current()


@pytest.mark.soak_on("postgres")
def test_many_events_at_once_are_few_batches(live):
    invoices = [each for each in live.emulator.books.all("invoices") if is_open_sale(each)][:8]
    contact = live.last("contacts")

    def edit_all() -> None:
        for number, invoice in enumerate(invoices):
            live.emulator.books.put("invoices", {**invoice, "reference": f"many {number}"})
        live.emulator.books.put("contacts", {**contact, "name": "One of many"})

    batches = live.edit(edit_all)
    assert len(batches) <= 2
    live.assert_current()


def test_duplicates_and_disorder_change_nothing(live):
    live.emulator.register(live.service.url, SECRET, duplicates=1.0, disorder=0.3)
    try:
        invoice = live.last("invoices", is_open_sale)

        def edit_thrice() -> None:
            for number in range(3):
                live.emulator.books.put("invoices", {**invoice, "reference": f"again {number}"})

        live.edit(edit_thrice)
        live.assert_current()
    finally:
        live.emulator.register(live.service.url, SECRET)


def test_an_event_of_another_company_is_refused(live):
    before = live.emulator.webhooks.summary().get("refused", 0)
    live.emulator.register(live.service.url, SECRET, company=1)
    try:
        invoice = dict(live.emulator.all_books[1].all("invoices")[-1])
        live.emulator.all_books[1].put("invoices", {**invoice, "reference": "not yours"})
        assert live.emulator.webhooks.wait_for("refused", before + 1, SECONDS)
    finally:
        live.emulator.webhooks.unregister(1)
    assert [each.company_id for each in backlogs(live.warehouse)] == ["comp_1"]
    live.assert_current()


@pytest.mark.soak_on("postgres")
def test_an_unknown_type_is_stored_and_does_no_harm(live):
    before = len(live.service.said)
    live.emulator.webhooks.tell(0, "comp_1", "payrun.created", {"id": "pay_1"})
    assert live.emulator.webhooks.wait_until_sent(SECONDS)
    warning = live.service.wait_for(lambda each: each["event"] == "warning", before)
    assert "payrun.created" in warning["message"]
    live.assert_current()


@pytest.mark.long
@pytest.mark.soak_on("postgres")
def test_a_known_type_without_a_date_is_read_all_the_same(live):
    invoice = live.last("invoices", is_open_sale)
    live.emulator.webhooks.unregister(0)
    moved = str(pendulum.Date.fromisoformat(invoice["date"]).subtract(days=40))
    live.emulator.books.put("invoices", {**invoice, "date": moved})
    live.emulator.register(live.service.url, SECRET)
    live.edit(
        lambda: live.emulator.webhooks.tell(
            0, "comp_1", "invoice.updated", {"id": invoice["id"], "date": None}
        )
    )
    live.assert_current()


@pytest.mark.soak_on("postgres")
def test_days_at_the_ends_of_the_calendar_hold_nothing_up(live):
    said = {"id": "inv_none", "date": "9999-12-31", "previous_date": "0001-01-01"}
    live.edit(lambda: live.emulator.webhooks.tell(0, "comp_1", "invoice.updated", said))
    live.assert_current()


@pytest.mark.soak_on("postgres")
def test_the_metrics_say_what_happened_and_name_nobody(live):
    text = requests.get(live.service.metrics_url, timeout=10).text
    found = {family.name: family for family in text_string_to_metric_families(text)}
    stored = [each.value for each in found["accbooks_webhook_events"].samples]
    assert sum(stored) > 0
    assert found["accbooks_webhook_backlog_events"].samples[0].value == 0
    assert SECRET not in text
    assert live.emulator.books.company["name"] not in text
    status = requests.get(f"http://127.0.0.1:{live.service.port}/readyz", timeout=10)
    assert (status.status_code, status.json()["status"]) == (200, "ready")
