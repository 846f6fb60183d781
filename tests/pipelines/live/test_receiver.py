"""The receiving process over real sockets: what it answers, and what it stores."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import closing, suppress

import pytest
from accbooks_warehouse.pipelines.destinations.sqlite_events import SqliteStore
from accbooks_warehouse.pipelines.live.messages import CompanyIds, EventsStored, ReceiverWarning
from hypothesis import given
from hypothesis import strategies as st
from service import (
    IDS,
    SIGNATURE,
    Service,
    event,
    id_of,
    read_answer,
    read_one,
    request,
    signature,
    signed,
    wait_until,
)

MOST_BYTES = 256 * 1024


# What is right


def test_an_event_is_stored_as_received_before_it_is_acknowledged(service):
    body = event() + b"\n  "
    assert service.send(signed(body))[::2] == (200, b"")
    assert service.stored()["cmp_north", id_of(body)] == ("invoice.updated", "pending", body)


def test_a_repeat_is_acknowledged_and_does_nothing(service):
    body = event()
    repeated = service.counted("repeated")
    assert service.post(body) == 200
    stored = service.stored()
    assert [service.post(body) for _ in range(3)] == [200, 200, 200]
    assert service.stored() == stored
    assert service.counted("repeated") == repeated + 3
    assert service.post(event()) == 200
    wait_until(lambda: told_stored(service) >= len(stored) + 1)
    assert told_stored(service) == len(service.stored())


def told_stored(service: Service) -> int:
    return sum(each.count for each in service.told if isinstance(each, EventsStored))


def test_a_repeat_of_what_is_in_the_models_stays_done(service):
    body = event()
    assert service.post(body) == 200
    assert service.options.store.file is not None
    with closing(SqliteStore(service.options.store.file)) as store:
        (stored,) = [each for each in store.pending(10_000) if each.event_id == id_of(body)]
        store.mark_done([stored.key], stored.received_at)
    assert service.post(body) == 200
    assert service.stored()["cmp_north", id_of(body)] == ("invoice.updated", "done", body)


def test_either_secret_of_a_rotation_and_two_signatures_are_taken(service):
    for secrets in (["whsec_south_old"], ["whsec_south_new"], ["whsec_next", "whsec_south_new"]):
        body = event("cmp_south")
        assert service.post(body, *secrets) == 200
        assert service.has(body, "cmp_south")


def test_one_id_from_two_companies_is_two_events(service):
    body = event()
    other = event("cmp_south", id=id_of(body))
    assert service.post(body) == 200
    assert service.post(other, "whsec_south_old") == 200
    assert service.has(body)
    assert service.has(body, "cmp_south")


@pytest.mark.parametrize("late", [-290, 290])
def test_a_clock_that_is_wrong_by_less_than_five_minutes_does_no_harm(service, late):
    assert service.post(event(), late=late) == 200


def test_an_event_of_an_unknown_type_is_stored_counted_and_told(service):
    body = event(type_="invoice.eaten")
    before = service.metrics().get(UNKNOWN_STORED, 0.0)
    assert service.post(body) == 200
    assert service.stored()["cmp_north", id_of(body)] == ("invoice.eaten", "unknown", body)
    assert service.metrics()[UNKNOWN_STORED] == before + 1
    wait_until(lambda: [each for each in service.told if isinstance(each, ReceiverWarning)])
    text = "An event of the unknown type 'invoice.eaten' is stored and not acted on."
    assert ReceiverWarning(text) in service.told


UNKNOWN_STORED = ("accbooks_webhook_events_total", (("outcome", "stored"), ("type", "unknown")))


def test_a_body_of_the_greatest_size_is_taken(service):
    body = event()
    body += b" " * (MOST_BYTES - len(body))
    assert service.post(body) == 200
    assert service.has(body)


def test_a_chunked_body_is_taken(service):
    body = event()
    wire = chunked(body, [10, 1, len(body)], f"{SIGNATURE}: {signature(body, 'whsec_north')}")
    assert service.send(wire)[0] == 200
    assert service.has(body)


def chunked(body: bytes, sizes: list[int], *headers: str) -> bytes:
    lines = ["POST /webhooks HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", *headers, "", ""]
    wire, at = "\r\n".join(lines).encode(), 0
    for size in sizes:
        piece = body[at : at + size]
        wire += f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
        at += size
    return wire + b"0\r\n\r\n"


def test_a_client_that_waits_to_be_told_to_continue_is_told(service):
    body = event()
    wire = signed(body, "whsec_north", "Expect: 100-continue")
    with service.connect() as connection:
        connection.sendall(wire[: -len(body)])
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert read_answer(connection)[0] == 200


def test_requests_on_one_connection_are_answered_in_their_order(service):
    good, other = event(), event()
    with service.connect() as connection:
        connection.sendall(signed(good) + signed(other, "whsec_wrong") + signed(good))
        assert [read_one(connection) for _ in range(3)] == [200, 401, 200]
        later = event()
        connection.sendall(signed(later))
        assert read_one(connection) == 200
    assert service.has(good)
    assert service.has(later)
    assert not service.has(other)


def test_a_proxy_that_speaks_http_1_0_is_answered(service):
    body = event()
    wire = signed(body).replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1)
    with service.connect() as connection:
        connection.sendall(wire)
        assert read_answer(connection)[0] == 200
        assert connection.recv(1) == b""
    assert service.has(body)


def test_five_hundred_connections_at_once_are_all_acknowledged_and_stored_once(service):
    bodies = [event() for _ in range(400)]
    wires = [signed(body) for body in bodies + bodies[:100]]
    before, stored_before = service.stored(), service.counted("stored")

    async def send_all() -> list[bytes]:
        opened = await asyncio.gather(
            *(asyncio.open_connection(service.options.host, service.port) for _ in wires)
        )
        try:
            for (_, writer), wire in zip(opened, wires, strict=True):
                writer.write(wire)
            return await asyncio.gather(*(reader.readline() for reader, _ in opened))
        finally:
            for _, writer in opened:
                writer.close()

    assert set(asyncio.run(send_all())) == {b"HTTP/1.1 200 OK\r\n"}
    new = service.stored().keys() - before.keys()
    assert new == {("cmp_north", id_of(body)) for body in bodies}
    assert service.counted("stored") == stored_before + 400


# What is refused


def wrong_requests() -> dict[str, bytes]:
    """Return a request for each thing that can be wrong with a signature, a time or a company."""
    body = event()
    signed_well = signature(body, "whsec_north")
    at, _, hexadecimal = signed_well.partition(",")

    def headed(*values: str, body: bytes = body) -> bytes:
        return request(body, tuple(f"{SIGNATURE}: {each}" for each in values))

    return {
        "no signature": request(body),
        "an empty signature": headed(""),
        "another secret": headed(signature(body, "whsec_wrong")),
        "the name for a secret": headed(signature(body, "north")),
        "an empty secret": headed(signature(body, "")),
        "too old": headed(signature(body, "whsec_north", late=310)),
        "too new": headed(signature(body, "whsec_north", late=-310)),
        "replayed after six minutes": headed(signature(body, "whsec_north", late=360)),
        "another time than was signed": headed(f"t={int(time.time()) - 7},{hexadecimal}"),
        "no time": headed(hexadecimal),
        "two times": headed(f"{at},{signed_well}"),
        "a cut signature": headed(signed_well[:-1]),
        "a signature in upper case": headed(f"{at},v1={hexadecimal[3:].upper()}"),
        "another scheme": headed(signed_well.replace("v1=", "v0=")),
        "bytes beyond ASCII": headed(f"{at},v1=\xff\xfe"),
        "a wrong header before the right one": headed("t=1,v1=x", signed_well),
        "a space more": headed(signed_well, body=body + b" "),
        "a space less": headed(signed_well, body=body.replace(b" ", b"", 1)),
        "no body": headed(signed_well, body=b""),
        "not JSON, and not signed": request(b"not JSON"),
        "the company of another secret": signed(event("cmp_south")),
        "a company that is not configured": signed(event("cmp_east")),
        "the company's name": signed(event("north")),
        "no company": signed(event(None)),
        "an empty company": signed(event("")),
        "several companies": signed(event(company_id=["cmp_north"])),
        "no object's company": signed(b"{}"),
    }


@pytest.mark.parametrize("wrong", wrong_requests())
def test_what_was_not_signed_by_its_company_is_refused(service, wrong):
    stored, refused = service.stored(), service.counted("refused")
    status, headers, body = service.send(wrong_requests()[wrong])
    headers.pop("date")
    assert (status, headers, body) == (401, {"content-length": "0"}, b"")
    assert service.stored() == stored
    assert service.counted("refused") == refused + 1


@pytest.mark.parametrize(
    "body",
    [b"", b"not JSON", b"[]", b"null", b'"evt"', b"{", b"\xff", event()[:-1], b"[" * 200_000, b"9" * 9_999],
)
def test_a_signed_body_that_is_no_json_object_is_malformed(service, body):
    stored = service.stored()
    assert service.send(signed(body))[::2] == (400, b"")
    assert service.stored() == stored


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(service):
    for size in (MOST_BYTES + 1, 1_000_000, 10**19):
        with service.connect() as connection:
            connection.sendall(request(length=size))
            assert read_answer(connection)[::2] == (413, b"")


def test_a_megabyte_is_refused_signed_or_not(service):
    body = event() + b" " * 1_000_000
    stored = service.stored()
    assert service.post(body) == 413
    assert (
        service.send(chunked(body, [50_000] * 21, f"{SIGNATURE}: {signature(body, 'whsec_north')}"))[0] == 413
    )
    assert service.send(chunked(body, [50_000] * 21))[0] == 413
    assert service.post(body[: MOST_BYTES + 1]) == 413
    assert service.stored() == stored


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: abc",
        "Content-Length: -1",
        "Content-Length: +5",
        "Content-Length: 5, 6",
        "Content-Length: 99999999999999999999999",
        "Content-Length: 5\r\nContent-Length: 6",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, chunked",
        " folded: first",
        "no colon",
        "null: \x00",
        "long: " + "x" * 100_000,
    ],
)
def test_a_request_that_is_no_http_is_refused_and_stores_nothing(service, head):
    stored = service.stored()
    with service.connect() as connection, suppress(ConnectionError):
        connection.sendall(f"POST /webhooks HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\nhello".encode("latin-1"))
        answer = connection.recv(100)
        assert answer == b"" or 400 <= int(answer.split()[1]) < 600
    assert service.stored() == stored
    assert service.post(event()) == 200


def test_whatever_changes_on_the_wire_only_what_was_signed_is_stored(service):
    before, sent = service.stored(), set()

    @given(data=st.data())
    def change(data: st.DataObject) -> None:
        body = event()
        wire = signed(body)
        start = data.draw(st.integers(0, len(wire) - 1))
        end = data.draw(st.integers(start, min(len(wire), start + 40)))
        sent.add(body)
        with service.connect() as connection, suppress(OSError):
            connection.sendall(wire[:start] + data.draw(st.binary(max_size=20)) + wire[end:])
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(10_000):
                pass

    change()
    assert service.post(event(id="evt_last")) == 200
    new = {
        body for key, (_, _, body) in service.stored().items() if key not in before and key[1] != "evt_last"
    }
    assert new <= sent
    assert new


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_only_a_post_is_taken(service, method):
    body, stored = event(), service.stored()
    with service.connect() as connection:
        connection.sendall(signed(body, method=method))
        head = connection.recv(10_000)
    assert head.startswith(b"HTTP/1.1 405 ")
    assert b"allow: POST\r\n" in head
    assert service.stored() == stored


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/webhooks/",
        "//webhooks",
        "/webhooks//",
        "/Webhooks",
        "/webhook",
        "/webhooks.json",
        "/webhooks/1",
        "/webhooks%2f",
        "/webhooks%00",
        "/./webhooks",
        "/x/../webhooks",
        "/%2e/webhooks",
        "/metrics",
        "/docs",
        "/healthz/",
        "http://hooks.example/webhooks",
        "*",
    ],
)
def test_nothing_is_at_another_path(service, path):
    stored = service.stored()
    status, headers, _ = service.send(signed(event(), path=path))
    assert status == 404
    assert "location" not in headers
    assert service.stored() == stored


@pytest.mark.parametrize("path", ["/webhooks?x=1", "/%77ebhooks"])
def test_another_spelling_of_the_path_is_the_path(service, path):
    body = event()
    assert service.send(signed(body, path=path))[0] == 200
    assert service.has(body)


def test_events_of_a_company_whose_id_is_not_known_yet_are_to_be_sent_again(service):
    stored = service.stored()
    assert service.post(event("cmp_late"), "whsec_late") == 503
    assert service.post(event("cmp_late"), "whsec_north") == 401
    assert service.stored() == stored
    service.process.send(CompanyIds(dict(IDS.ids) | {"late": "cmp_late"}))
    body = event("cmp_late")
    try:
        wait_until(lambda: service.post(body, "whsec_late") == 200)
        assert service.post(event("cmp_other"), "whsec_late") == 401
        assert service.has(body, "cmp_late")
    finally:
        service.process.send(IDS)
        wait_until(lambda: service.post(event("cmp_late"), "whsec_late") == 503)


def test_where_a_key_may_not_read_its_company_the_secret_says_whose_an_event_is(service):
    service.process.send(CompanyIds(dict(IDS.ids) | {"late": "late"}, frozenset({"late"})))
    body = event("cmp_whatever")
    try:
        wait_until(lambda: service.post(body, "whsec_late") == 200)
        assert service.has(body, "late")
        assert service.post(event("cmp_whatever")) == 401
    finally:
        service.process.send(IDS)
        wait_until(lambda: service.post(event("cmp_late"), "whsec_late") == 503)
