"""Servers that break HTTP, and those that send without end: a sentence each, in bounded time and memory."""

from __future__ import annotations

import gc
import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from accbooks_warehouse.sources.accbooks.api import client as client_module
from accbooks_warehouse.sources.accbooks.api.client import ATTEMPTS, Client
from accbooks_warehouse.sources.accbooks.api.wire import Bounds, Wire
from accbooks_warehouse.sources.accbooks.errors import (
    ConfigurationError,
    UnexpectedAnswerError,
    UnreachableError,
)
from accbooks_warehouse.sources.accbooks.settings import Settings
from raw_answers import (
    BODY,
    LIMITS,
    NEARLY_TOO_LARGE,
    OK,
    TOO_MUCH,
    bomb,
    chunked,
    endless,
    in_spaces,
    listed,
    whole,
    zeros,
)
from raw_server import RawServer, Reply, serving

KEY = "sk_wire_91ab"
CERTIFICATES = Path(__file__).parents[1] / "certificates"
CHILD = Path(__file__).parents[1] / "wire_child.py"
ENVIRONMENT = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
MOST_ABOVE = 400 * 2**20
SECONDS = {"company": 60, "contacts": 5}
"""The time a reading may take: a list of pages without end takes all of it."""


@pytest.fixture(scope="module", autouse=True)
def no_socket_is_left_open() -> Iterator[None]:
    """Have Python warn of each socket that nobody closed; a warning is an error."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "FIRST_BACK_OFF_SECONDS", 0)
    monkeypatch.setattr(client_module, "LONGEST_BACK_OFF_SECONDS", 0)
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def said(url: str) -> str:
    """Return what is said of an answer that cannot be used."""
    with pytest.raises((UnreachableError, UnexpectedAnswerError)) as refused:
        Client(Settings(KEY, url)).get("company")
    assert KEY not in str(refused.value)
    return str(refused.value)


BROKEN = {
    "negative chunk": chunked(b"-5\r\nhello\r\n0\r\n\r\n"),
    "chunk of minus one": chunked(b"-1\r\n", BODY, b"\r\n0\r\n\r\n"),
    "chunk of zero with a sign": chunked(b"-0x10\r\n", BODY),
    "chunk size of letters": chunked(b"size\r\n", BODY),
    "chunk without end": chunked(b"FFFFFFFFFFFFFFFFFF\r\n", BODY),
    "no chunk at all": chunked(b""),
    "chunk size of a page": chunked(b"1" * 100_000),
    "bad status line": b"HTP/9 fine\r\n\r\n",
    "status that is no number": b"HTTP/1.1 twohundred OK\r\n\r\n",
    "status beyond all": b"HTTP/1.1 99999 OK\r\n\r\n",
    "negative status": b"HTTP/1.1 -200 OK\r\n\r\n",
    "nothing": b"",
    "noughts": b"\x00" * 1000,
    "another protocol": b"220 mail.example ESMTP\r\n",
    "200 headers": OK + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n",
    "header of a page": OK + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
    "differing lengths": OK + b"Content-Length: 26\r\nContent-Length: 5\r\n\r\n" + BODY,
    "length too long": OK + b"Content-Length: 2600\r\n\r\n" + BODY,
    "endless length": OK + b"Content-Length: 99999999999999999999\r\n\r\n" + BODY,
    "no gzip": whole(BODY, b"Content-Encoding: gzip"),
    "half a gzip header": whole(b"\x1f\x8b", b"Content-Encoding: gzip"),
    "encoding not asked for": whole(BODY, b"Content-Encoding: br"),
    "gzip many times": whole(gzip.compress(BODY), b"Content-Encoding: " + b"gzip, " * 500 + b"gzip"),
    "length too short": OK + b"Content-Length: 5\r\n\r\n" + BODY,
    "empty body": whole(b""),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_what_is_no_http_is_a_broken_connection_and_tried_again(answer: bytes) -> None:
    with serving(answer) as server:
        sentence = said(server.url)
    assert len(server.requests) == ATTEMPTS
    assert sentence.startswith(
        ("AccBooks could not be reached for GET company (", "AccBooks answered GET company with something ")
    )


LENIENT = {
    "length twice": OK + b"Content-Length: 26\r\nContent-Length: 26\r\n\r\n" + BODY,
    "negative length": OK + b"Content-Length: -26\r\n\r\n" + BODY,
    "no length": OK + b"\r\n" + BODY,
    "header without a name": OK + b": x\r\nContent-Length: 26\r\n\r\n" + BODY,
    "header without a colon": OK + b"X\r\n\r\n" + BODY,
    "continue first": b"HTTP/1.1 100 Continue\r\n\r\n" + whole(),
    "gzip": whole(gzip.compress(BODY), b"Content-Encoding: gzip"),
    "gzip in parts": whole(gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]), b"Content-Encoding: GZIP"),
    "chunks": chunked(b"1a\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "chunks with notes": chunked(b"1a;x=y\r\n" + BODY + b"\r\n0\r\nTrailer: x\r\n\r\n"),
}


@pytest.mark.parametrize("answer", LENIENT.values(), ids=LENIENT)
def test_what_can_be_understood_is_read(answer: bytes) -> None:
    with serving(answer) as server:
        assert Client(Settings(KEY, server.url)).get("company") == {"data": {"id": "comp_1"}}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_the_key_elsewhere(status: int) -> None:
    with serving(whole()) as elsewhere:
        head = b"HTTP/1.1 %d Moved\r\nLocation: %s\r\n" % (status, elsewhere.url.encode())
        with serving(head + b"Content-Length: 0\r\n\r\n") as server:
            assert said(server.url) == f"AccBooks answered GET company with {status}."
    assert (len(server.requests), elsewhere.requests) == (1, [])


def drip(start: bytes) -> Reply:
    def reply(_: bytes) -> Iterator[bytes]:
        yield start
        for _ in range(400):
            time.sleep(0.02)
            yield b"x"

    return reply


@pytest.mark.parametrize(
    "start",
    [
        b"",
        OK + b"X: ",
        OK + b"Content-Length: 9999\r\n\r\n",
        chunked(),
        chunked(b"ff\r\n"),
        chunked(b"0\r\n"),
    ],
    ids=["status line", "header", "body", "chunk size", "chunk", "trailer"],
)
def test_an_answer_that_drips_in_is_given_up(start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "Wire", partial(Wire, bounds=Bounds(seconds=0.2)))
    began = time.monotonic()
    with serving(drip(start)) as server:
        assert "GET company (timeout while waiting for the answer)" in said(server.url)
    assert time.monotonic() - began < 5
    assert len(server.requests) == ATTEMPTS


def paged(contacts: bytes) -> Reply:
    """Answer for the company as it should be, and with a page of contacts that is not."""

    def reply(request: bytes) -> list[bytes]:
        return [whole(contacts if b"/contacts" in request else BODY, *LIMITS)]

    return reply


HOSTILE: dict[str, tuple[Callable[[], Reply | bytes], str, str]] = {
    "gzip of 2 GB": (lambda: bomb(2 * 2**30), "company", TOO_MUCH.format("more than 32 MiB")),
    "500 MB": (lambda: zeros(500 * 2**20), "company", TOO_MUCH.format("more than 32 MiB")),
    "headers without end": (lambda: endless(OK, b"X: y\r\n" * 2**14), "company", "the connection broke off"),
    "continued without end": (
        lambda: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2**12),
        "company",
        TOO_MUCH.format("more than 32 MiB"),
    ),
    "trailers without end": (
        lambda: endless(chunked(b"0\r\n"), b"X: y\r\n" * 2**14),
        "company",
        TOO_MUCH.format("more than 32 MiB"),
    ),
    "empty records": (
        lambda: paged(listed(b"{}," * 10**7 + b"{}", 1, 1)),
        "contacts",
        TOO_MUCH.format("more than 1,000,000 values"),
    ),
    "empty lists in a report": (
        lambda: whole(b'{"data": [' + b"[]," * 10**7 + b"0]}"),
        "company",
        TOO_MUCH.format("more than 1,000,000 values"),
    ),
    "pages without end": (
        lambda: paged(listed(b'{"id": "a"}', 10**9 * 100, 10**9)),
        "contacts",
        TOO_MUCH.format("a total of 100,000,000,000 records"),
    ),
    "as many pages as are believed": (
        lambda: paged(listed(b'{"id": "a"}', 10**8, 10**6)),
        "contacts",
        "This run reached its time limit.",
    ),
    "dozens of answers that are nearly too large": (
        lambda: in_spaces(listed(b'{"id": "a"}', 4000, 40)),
        "contacts",
        "This run reached its time limit.",
    ),
}
ALIKE = {"500 MB", "continued without end", "trailers without end", "empty lists in a report"}
ALIKE |= {"as many pages as are believed"}
"""Answers that end a reading by the same bound as another one does."""
LONG_RECORD = b'{"id": "a", "name": "%s"}' % (b"x" * NEARLY_TOO_LARGE)


def child(server: RawServer, what: str, seconds: int | None = None) -> tuple[str, int]:
    """Return what a process of its own says of an answer, and the most memory it had."""
    done = subprocess.run(
        [sys.executable, str(CHILD), server.url, what, str(seconds or SECONDS[what])],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    sentence, peak = json.loads(done.stdout)
    return sentence, peak


@pytest.fixture(scope="module")
def ordinary_peak() -> int:
    with serving(paged(listed(b'{"id": "a"}', 1, 1))) as server:
        sentence, peak = child(server, "contacts")
    assert sentence == "1 window"
    return peak


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name, marks=pytest.mark.soak if name in ALIKE else pytest.mark.long)
        for name, case in HOSTILE.items()
    ],
)
def test_no_answer_fills_the_memory(
    case: tuple[Callable[[], Reply | bytes], str, str], ordinary_peak: int
) -> None:
    make, what, expected = case
    with serving(make()) as server:
        sentence, peak = child(server, what)
    assert expected in sentence
    if TOO_MUCH.format("") in sentence:
        assert len([each for each in server.requests if f"/{what}".encode() in each]) == 1, (
            "it was tried again"
        )
    assert peak - ordinary_peak <= MOST_ABOVE


@pytest.mark.long
def test_pages_that_are_held_together_do_not_fill_the_memory(ordinary_peak: int) -> None:
    with serving(paged(listed(LONG_RECORD, 4000, 40))) as server:
        sentence, peak = child(server, "contacts", seconds=60)
    assert sentence == "AccBooks answered GET contacts with " + TOO_MUCH.format("pages of more than 192 MiB")
    assert peak - ordinary_peak <= MOST_ABOVE


def test_an_answer_beyond_its_bounds_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "Wire", partial(Wire, bounds=Bounds(size=2**20)))
    for answer in (zeros(3 * 2**20), bomb(8 * 2**20)):
        with serving(answer) as server:
            assert said(server.url) == (
                "AccBooks answered GET company with more than 1 MiB. That is too much "
                "for any company, so it was not used."
            )
        assert len(server.requests) == 1


def test_no_proxy_comes_between_this_machine_and_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(whole(b'{"data": "from a proxy"}')) as proxy, serving(whole()) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert Client(Settings(KEY, server.url)).get("company") == {"data": {"id": "comp_1"}}
    assert (len(server.requests), proxy.requests) == (1, [])


def test_a_proxy_sees_where_to_but_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(b"HTTP/1.1 502 Bad Gateway\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert "(the proxy did not connect)" in said("https://accounts.example/v1/")
    assert len(proxy.requests) == ATTEMPTS
    assert all(each.startswith(b"CONNECT accounts.example:443 ") for each in proxy.requests)
    assert not any(KEY.encode() in each for each in proxy.requests)


@pytest.mark.parametrize("proxy", ["http://[::1", "nonsense://127.0.0.1:9", "http://", "http://a:b:c"])
def test_a_proxy_that_is_none_is_said(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigurationError, match=r"^The proxy in HTTPS_PROXY or ALL_PROXY is not a valid ad"):
        Client(Settings(KEY, "https://accounts.example/v1/"))


def test_a_proxy_for_which_a_package_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:9")
    assert "(the proxy in HTTPS_PROXY or ALL_PROXY cannot be used)" in said("https://a.example/v1/")


@pytest.mark.parametrize(
    "url", ["http://accounts.example/v1/", "http://127.0.0.1.example/", "http://10.0.0.1/"]
)
def test_a_key_leaves_this_machine_in_tls_alone(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="but AccBooks accepts only HTTPS"):
        Settings(KEY, url)


@pytest.mark.parametrize(
    ("shown", "trusted", "sentence"),
    [
        ("expired", True, "the certificate of the server has expired"),
        ("early", True, "the certificate of the server is not valid yet"),
        ("other", True, "the certificate of the server is for another host"),
        (
            "good",
            False,
            "the certificate of the server is signed by an issuer that this machine does not trust",
        ),
        (None, True, "the server at this address and port does not speak TLS"),
    ],
)
def test_a_server_that_cannot_be_trusted_is_told_from_one_without_tls(
    shown: str | None, *, trusted: bool, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "authority.pem"))
    with serving(whole(), shown and str(CERTIFICATES / f"{shown}.pem")) as server:
        assert said(server.secure_url) == (
            f"AccBooks could not be reached for GET company ({sentence}). Check the network and "
            "sources.accbooks.base_url, then run again."
        )
    assert not any(KEY.encode() in each for each in server.requests)


def test_a_server_that_can_be_trusted_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "authority.pem"))
    with serving(whole(), str(CERTIFICATES / "good.pem")) as server:
        assert Client(Settings(KEY, server.secure_url)).get("company") == {"data": {"id": "comp_1"}}


@pytest.mark.parametrize("place", ["/nowhere/ca.pem", __file__])
def test_certificates_that_cannot_be_read_are_said(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", place)
    with pytest.raises(ConfigurationError, match=r"^The certificates in REQUESTS_CA_BUNDLE or CURL_CA"):
        Client(Settings(KEY, "https://accounts.example/v1/"))


def test_certificates_do_not_matter_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with serving(whole()) as server:
        assert Client(Settings(KEY, server.url)).get("company") == {"data": {"id": "comp_1"}}
