"""Events of what changes in the books: which ones there are, how they are signed, and what goes wrong."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

SECRETS = ("whsec_one", "whsec_two")


class Receiver(ThreadingHTTPServer):
    """An endpoint: keeps what it gets, and answers with the statuses it was given, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[tuple[str, bytes]] = []
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hooks"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    def took(self, signature: str, body: bytes) -> int:
        with self._lock:
            self.got.append((signature, body))
            return self.statuses.pop(0) if self.statuses else 200


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        assert self.headers["Content-Type"] == "application/json"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.took(self.headers["X-AccBooks-Signature"], body))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    with Receiver(*statuses) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.01,))
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def sent(emulator: Any) -> Counter[str]:
    """Wait until all is sent; return what became of it."""
    assert emulator.webhooks.wait_until_sent(20)
    return +Counter(emulator.webhooks.summary())


def test_every_edit_is_an_event_that_names_the_record_and_its_dates(start, receiver):
    emulator, client = start(size="small")
    emulator.register(receiver.url, SECRETS[0])
    books = emulator.books
    journal = books.all("journals")[0]
    books.put("journals", {**journal, "date": "2025-05-06"})
    books.remove("journals", journal["id"])
    contact = {"type": "customer", "name": "New Ltd", "currency": "GBP"}
    created = client.send("POST", "contacts", contact).json()["data"]
    client.send("PUT", f"contacts/{created['id']}", {**contact, "name": "Old Ltd"})
    books.remove("contacts", created["id"])
    bank = books.all("bank_accounts")[0]
    books.put("bank_accounts", {**bank, "name": "Another"})
    assert sent(emulator) == {"events": 5, "delivered": 5}
    company = books.company["id"]
    assert {each["company_id"] for each in receiver.events} == {company}
    assert len({each["id"] for each in receiver.events}) == 5
    told = sorted((each["type"], tuple(each["data"].items())) for each in receiver.events)
    moved = (("id", journal["id"]), ("date", "2025-05-06"), ("previous_date", journal["date"]))
    gone = (("id", journal["id"]), ("date", "2025-05-06"), ("previous_date", None))
    of_contact = (("id", created["id"]), ("date", None), ("previous_date", None))
    assert told == [
        ("contact.created", of_contact),
        ("contact.deleted", of_contact),
        ("contact.updated", of_contact),
        ("journal.deleted", gone),
        ("journal.updated", moved),
    ]


def test_a_settlement_tells_of_its_invoice_too(start, receiver):
    emulator, client = start(size="small")
    payment = next(each for each in client.read("transactions?per_page=100")["data"] if each["invoice_id"])
    emulator.register(receiver.url, SECRETS[0])
    assert client.send("PUT", f"transactions/{payment['id']}", {"reference": "Paid"}).ok
    sent(emulator)
    told = {(each["type"], each["data"]["id"]) for each in receiver.events}
    assert told == {("transaction.updated", payment["id"]), ("invoice.updated", payment["invoice_id"])}


def test_the_bytes_are_signed_under_every_secret(start, receiver):
    emulator, _ = start(size="empty")
    emulator.register(receiver.url, *SECRETS)
    emulator.webhooks.tell(0, "comp_1", "unheard.of", {"id": "x"})
    sent(emulator)
    ((header, body),) = receiver.got
    time, *signatures = header.split(",")
    epoch = time.removeprefix("t=")
    assert abs(int(epoch) - emulator.emulator_state.clock.now()) < 30
    assert signatures == [
        "v1=" + hmac.new(secret.encode(), f"{epoch}.".encode() + body, hashlib.sha256).hexdigest()
        for secret in SECRETS
    ]


def test_what_is_refused_is_sent_again_signed_anew_and_dropped_in_the_end(start):
    emulator, _ = start(size="empty")
    with receiving(503, 302, 404) as receiver:
        emulator.register(receiver.url, SECRETS[0], first_wait=0.4, growth=1.5)
        emulator.webhooks.tell(0, "comp_1", "invoice.created", {"id": "x"})
        assert sent(emulator) == {"events": 1, "refused": 3, "delivered": 1}
    assert len({body for _, body in receiver.got}) == 1
    assert len({header for header, _ in receiver.got}) > 1
    emulator.register(receiver.url, SECRETS[0], first_wait=0.01, give_up=0.02)
    emulator.webhooks.tell(0, "comp_1", "invoice.created", {"id": "y"})
    assert sent(emulator)["dropped"] == 1


def test_events_come_twice_out_of_order_or_not_at_all_if_asked_for(start, receiver):
    emulator, _ = start(size="empty")
    emulator.register(receiver.url, SECRETS[0], duplicates=1.0, disorder=0.3)
    for number in range(20):
        emulator.webhooks.tell(0, "comp_1", "invoice.created", {"id": number})
    assert sent(emulator) == {"events": 20, "delivered": 40}
    ids = [each["data"]["id"] for each in receiver.events]
    assert set(Counter(ids).values()) == {2}
    assert ids != sorted(ids)
    emulator.register(receiver.url, SECRETS[0], lost=1.0)
    emulator.webhooks.tell(0, "comp_1", "invoice.created", {"id": 21})
    assert sent(emulator)["lost"] == 1


def test_events_of_a_company_that_wants_none_any_more_hold_up_no_others(start):
    emulator, _ = start(size="empty", companies=2)
    with receiving(503, 503, 503) as receiver:
        emulator.register(receiver.url, SECRETS[0], first_wait=600)
        emulator.webhooks.tell(0, "comp_1", "invoice.created", {"id": "long after"})
        assert emulator.webhooks.wait_for("refused", 1, 10)
        emulator.register(receiver.url, SECRETS[0], company=1, first_wait=1)
        emulator.webhooks.tell(1, "comp_2", "invoice.created", {"id": "first"})
        assert emulator.webhooks.wait_for("refused", 2, 10)
        emulator.register(receiver.url, SECRETS[0], first_wait=1.5)
        emulator.webhooks.tell(0, "comp_1", "invoice.created", {"id": "soon"})
        assert emulator.webhooks.wait_for("refused", 3, 10)
        emulator.webhooks.unregister(1)
        assert emulator.webhooks.wait_for("delivered", 1, 10)
    assert [each["data"]["id"] for each in receiver.events] == ["long after", "first", "soon", "soon"]


def test_an_endpoint_is_set_and_taken_away_over_http(start, receiver):
    emulator, _ = start(size="empty")
    address = emulator.admin_url + "webhook"
    endpoint = {"url": receiver.url, "secrets": ["whsec_one"], "skew": 60}
    assert requests.put(address, json=endpoint, timeout=10).status_code == 204
    event = {"type": "invoice.created", "data": {"id": "inv_1", "date": "2026-01-02"}}
    assert requests.post(address + "/events", json=event, timeout=10).status_code == 204
    sent(emulator)
    assert requests.get(address, timeout=10).json() == {"events": 1, "delivered": 1, "waiting": 0}
    ((header, _),) = receiver.got
    assert 30 < int(header.partition(",")[0][2:]) - emulator.emulator_state.clock.now() < 90
    assert requests.put(address, json={"url": "", "speed": 1}, timeout=10).status_code == 422
    assert requests.put(address + "?company=1", json=endpoint, timeout=10).status_code == 404
    assert requests.post(address + "/events", json={"data": []}, timeout=10).status_code == 422
    assert requests.delete(address, timeout=10).status_code == 204
    requests.post(address + "/events", json=event, timeout=10)
    assert requests.get(address, timeout=10).json()["events"] == 1
