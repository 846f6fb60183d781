"""A receiver in its own process, and what AccBooks and others send to it."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from accbooks_warehouse.pipelines.destinations.event_store import StoreAddress
from accbooks_warehouse.pipelines.live.listener import ReceiverProcess, receiving
from accbooks_warehouse.pipelines.live.messages import CompanyIds, ReceiverOptions
from accbooks_warehouse.pipelines.live.receiving import _bound, _Receiving
from prometheus_client.parser import text_string_to_metric_families

SECRETS = {
    "north": ("whsec_north",),
    "south": ("whsec_south_old", "whsec_south_new"),
    "late": ("whsec_late",),
}
IDS = CompanyIds({"north": "cmp_north", "south": "cmp_south", "late": None})
NORTH = "whsec_north"
SIGNATURE = "X-AccBooks-Signature"
WAIT_SECONDS = 20.0
NUMBERS = count(1)

Answer = tuple[int, dict[str, str], bytes]


def options(folder: Path, **changed: Any) -> ReceiverOptions:
    store = StoreAddress(file=folder / "books.duckdb.events.sqlite")
    return replace(ReceiverOptions("127.0.0.1", 0, "/webhooks", 0, store, SECRETS), **changed)


def wait_until(holds: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
    """Return what is not false, as soon as it is."""
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)
    return found


def event(company_id: str | None = "cmp_north", type_: str = "invoice.updated", **changed: Any) -> bytes:
    """Return the body of an event with an id of its own."""
    body = {
        "id": f"evt_{next(NUMBERS)}",
        "type": type_,
        "company_id": company_id,
        "created_at": "2026-02-28T12:00:00Z",
        "data": {"id": "inv_7", "date": "2026-02-28", "previous_date": None},
    }
    return json.dumps(body | changed).encode()


def signature(body: bytes, *secrets: str, late: float = 0.0) -> str:
    at = int(time.time() - late)
    signed = f"{at}.".encode() + body
    made = (hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets)
    return ",".join([f"t={at}", *(f"v1={each}" for each in made)])


def id_of(body: bytes) -> str:
    return str(json.loads(body)["id"])


def request(
    body: bytes = b"",
    headers: tuple[str, ...] = (),
    *,
    method: str = "POST",
    path: str = "/webhooks",
    length: int | None = None,
) -> bytes:
    """Return a request as it goes over the wire; `length` says another length than the body's."""
    size = len(body) if length is None else length
    lines = [f"{method} {path} HTTP/1.1", "Host: hooks.example", f"Content-Length: {size}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def signed(body: bytes, secret: str = NORTH, *more: str, **changed: Any) -> bytes:
    return request(body, (f"{SIGNATURE}: {signature(body, secret)}", *more), **changed)


def read_answer(connection: socket.socket) -> Answer:
    response = http.client.HTTPResponse(connection)
    with closing(response):
        response.begin()
        return response.status, dict(response.getheaders()), response.read()


def read_one(connection: socket.socket) -> int:
    """Return the status of an answer without a body, and read no byte of the next."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += (piece := connection.recv(1))
        assert piece, head
    assert b"content-length: 0\r\n" in head
    return int(head.split()[1])


@dataclass
class Service:
    """A receiver, and what it has told."""

    process: ReceiverProcess
    options: ReceiverOptions
    told: list[object] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.process.listening.port

    @property
    def metrics_port(self) -> int:
        assert self.process.listening.metrics_port is not None
        return self.process.listening.metrics_port

    def connect(self, port: int | None = None) -> socket.socket:
        return socket.create_connection((self.options.host, port or self.port), timeout=WAIT_SECONDS)

    def send(self, wire: bytes, port: int | None = None) -> Answer:
        """Return the answer to a request."""
        with self.connect(port) as connection:
            connection.sendall(wire)
            return read_answer(connection)

    def post(self, body: bytes, *secrets: str, late: float = 0.0) -> int:
        """Post a body signed with these secrets; return the status."""
        headers = (f"{SIGNATURE}: {signature(body, *(secrets or ('whsec_north',)), late=late)}",)
        return self.send(request(body, headers))[0]

    def get(self, path: str, port: int | None = None) -> Answer:
        return self.send(request(method="GET", path=path), port)

    def health(self, path: str = "/healthz") -> tuple[int, dict[str, Any]]:
        status, _, body = self.get(path)
        return status, json.loads(body)

    def learn(self, ids: CompanyIds) -> None:
        """Tell the receiver the companies' ids, and wait until it knows them."""
        self.process.send(ids)
        wait_until(lambda: self.post(event("cmp_nobody")) == 401)

    def stored(self) -> dict[tuple[str, str], tuple[str, str, bytes]]:
        """Return type, state and body of all that is stored, by company and id."""
        assert self.options.store.file is not None
        with closing(sqlite3.connect(self.options.store.file)) as connection:
            rows = connection.execute("select company_id, event_id, type, state, body from webhook_events")
            return {(company, id_): (type_, state, body) for company, id_, type_, state, body in rows}

    def has(self, body: bytes, company_id: str = "cmp_north") -> bool:
        """Tell whether the event in a body is stored."""
        return (company_id, id_of(body)) in self.stored()

    def metrics(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        """Return all samples that Prometheus reads, by name and labels."""
        status, _, body = self.get("/metrics", self.metrics_port)
        assert status == 200
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(body.decode())
            for sample in family.samples
        }

    def counted(self, outcome: str) -> float:
        """Return how many requests had an outcome."""
        return sum(
            value
            for (name, labels), value in self.metrics().items()
            if name == "accbooks_webhook_events_total" and ("outcome", outcome) in labels
        )


@contextmanager
def started(how: ReceiverOptions, ids: CompanyIds = IDS) -> Iterator[Service]:
    """Start a receiver that knows the companies."""
    with receiving(how) as process, heard(Service(process, how)) as service:
        service.learn(ids)
        yield service


@contextmanager
def in_this_process(how: ReceiverOptions) -> Iterator[Service]:
    """Serve in threads of this process, where a test has changed how long the receiver waits."""
    ours, theirs = Pipe()
    sockets = [_bound(how.host, 0), _bound(how.host, 0)]
    sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)  # soon full, if nobody reads
    thread = threading.Thread(target=_Receiving(how, theirs, sockets).run)
    thread.start()
    process = ReceiverProcess(thread, ours, ours.recv())  # a thread ends as a process does
    try:
        with heard(Service(process, how)) as service:
            service.learn(IDS)
            yield service
    finally:
        process.end()
        theirs.close()


@contextmanager
def heard(service: Service) -> Iterator[Service]:
    """Keep what the receiver tells, so that it never waits."""

    def hear() -> None:
        for message in service.process.messages():
            service.told.append(message)

    threading.Thread(target=hear, daemon=True).start()
    yield service
