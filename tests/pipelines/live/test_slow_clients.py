"""Clients that are slow, go away, or take no answers hold nobody up, and nothing for long."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, suppress

import pytest
from service import (
    WAIT_SECONDS,
    event,
    in_this_process,
    options,
    read_answer,
    read_one,
    request,
    signed,
    wait_until,
)


def test_a_body_that_breaks_off_stores_nothing(service):
    body = event()
    wire = signed(body)
    incomplete = service.counted("incomplete")
    for length in (len(wire) - 1, len(wire) - len(body) // 2, len(wire) - len(body)):
        with service.connect() as connection:
            connection.sendall(wire[:length])
    wait_until(lambda: service.counted("incomplete") == incomplete + 3)
    assert not service.has(body)
    assert service.post(body) == 200


def test_a_client_that_goes_before_the_answer_does_no_harm(service):
    bodies = [event() for _ in range(20)]
    for body in bodies:
        with service.connect() as connection:
            connection.sendall(signed(body))
            reset(connection)
    wait_until(lambda: service.get("/healthz")[0] == 200)
    assert service.post(bodies[0]) == 200


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def test_others_are_served_while_many_clients_are_slow(service):
    wire = signed(event())
    head, body = wire.index(b"Content-Length"), len(wire) - 5
    with ExitStack() as stack:
        slow = [stack.enter_context(service.connect()) for _ in range(200)]
        for number, connection in enumerate(slow):
            connection.sendall(wire[: (0, 1, head, body)[number % 4]])
        began = time.monotonic()
        for number in range(50):
            assert service.post(event()) == 200
            for connection in slow[number % 4 :: 4]:
                with suppress(OSError):
                    connection.sendall(b"x")
        assert time.monotonic() - began < 5


@pytest.fixture
def impatient(tmp_path, monkeypatch):
    """A receiver that waits for a moment only."""
    limits = {"impatient.REQUEST_SECONDS": 0.4, "impatient.ANSWER_SECONDS": 1.0, "receiver.BODY_SECONDS": 0.4}
    for name, seconds in limits.items():
        monkeypatch.setattr(f"accbooks_warehouse.pipelines.live.{name}", seconds)
    with in_this_process(options(tmp_path)) as service:
        yield service


def send_slowly(connection: socket.socket, data: bytes) -> bytes:
    """Send a byte at a time until the other end has enough; return what it answered."""
    connection.settimeout(0.05)
    began = time.monotonic()
    for number in range(len(data)):
        with suppress(OSError):
            connection.sendall(data[number : number + 1])
        try:
            return connection.recv(10_000)
        except TimeoutError:
            assert time.monotonic() - began < WAIT_SECONDS
        except ConnectionError:
            return b""
    raise AssertionError("nobody lost patience")


def test_a_head_sent_a_byte_at_a_time_is_not_waited_for(impatient):
    with impatient.connect() as connection:
        assert send_slowly(connection, signed(event())) == b""


def test_nor_is_the_head_of_a_later_request(impatient):
    wire = signed(event())
    with impatient.connect() as connection:
        connection.sendall(request(method="GET", path="/healthz"))
        assert read_answer(connection)[0] == 200
        assert send_slowly(connection, wire) == b""
    with impatient.connect() as connection:
        connection.sendall(wire + wire[:20])
        assert connection.recv(12) == b"HTTP/1.1 200"
        connection.recv(10_000)
        assert send_slowly(connection, wire[20:]) == b""


def test_a_body_sent_a_byte_at_a_time_is_answered_with_408(impatient):
    body = event()
    wire = signed(body)
    with impatient.connect() as connection:
        connection.sendall(wire[: -len(body)])
        assert send_slowly(connection, body).startswith(b"HTTP/1.1 408 ")
        assert send_slowly(connection, body) == b""
    assert impatient.counted("incomplete") == 1
    assert impatient.post(body) == 200


def test_a_body_that_nobody_reads_is_not_waited_for(impatient):
    for wire in (request(path="/", length=10**6), request(length=10**6), request(method="PUT", length=10**6)):
        with impatient.connect() as connection:
            connection.sendall(wire)
            assert read_answer(connection)[0] in {404, 405, 413}
            assert send_slowly(connection, b" " * 1_000) == b""


def test_a_client_that_takes_no_answers_is_not_waited_for(impatient):
    wire = request(method="GET", path="/webhooks") * 200
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        connection.settimeout(WAIT_SECONDS)
        connection.connect((impatient.options.host, impatient.port))
        with pytest.raises(ConnectionError):  # noqa: PT012 - the first that fails
            while True:
                connection.sendall(wire)
    assert impatient.post(event()) == 200


def test_an_idle_connection_may_be_used_again(impatient):
    with impatient.connect() as connection:
        for _ in range(2):
            connection.sendall(signed(event()))
            assert read_one(connection) == 200
            connection.settimeout(0.8)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(WAIT_SECONDS)
