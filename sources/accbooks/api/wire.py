"""An exchange over HTTP with a server that need not mean well: bounded in bytes and in time.

A page of a hundred records has some hundred kilobytes, and the largest report some megabytes. Whoever sends
more, or takes longer over it, sends no answer of an accounting API.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import prepend_scheme_if_needed, select_proxy
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ..errors import ConfigurationError
from ..settings import is_loopback
from .large_answers import LARGE_BYTES, LargeAnswerTurn
from .wire_errors import BrokenError, TooLargeError, wire_error

MOST_BYTES = 32 * 2**20
"""Of an answer, as it comes over the wire with its headers, and again unpacked: a page of a hundred documents
with a thousand lines each, and two hundred thousand lines of a report."""
LONGEST_ANSWER_SECONDS = 120.0
"""From the request to the last byte of its answer, however steadily bytes drip in."""
CONNECT_AND_SILENCE_SECONDS = (10.0, 60.0)
"""The longest wait for a connection, and for the next byte."""
PIECE = 2**16
PROXY_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})
ENCODINGS = frozenset({"", "identity", "gzip"})
"""What is asked for: nothing else can be unpacked within bounds."""


@dataclass(frozen=True)
class Bounds:
    """The most that an answer may have and take; `waits` are the seconds for a connection and a next byte."""

    size: int = MOST_BYTES
    seconds: float = LONGEST_ANSWER_SECONDS
    waits: tuple[float, float] = CONNECT_AND_SILENCE_SECONDS


@dataclass(frozen=True)
class Answer:
    """What a server answered, whole and unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Sends requests to one server; safe to share between threads.

    The environment's proxies and certificates hold, but no proxy comes between this machine and itself: what
    goes to it in plain HTTP must not leave it. To any other host a proxy passes on TLS, and sees no key.
    Redirects are not followed. Raises ConfigurationError if the environment names a proxy that is none, or
    certificates that cannot be read.
    """

    def __init__(self, url: str, *, connections: int = 1, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        with requests.Session() as session:
            self._options: dict[str, Any] = dict(
                session.merge_environment_settings(url, {}, True, None, None)
            )
        if is_loopback(urlsplit(url).hostname or ""):
            self._options["proxies"] = {}
        elif proxy := select_proxy(url, self._options["proxies"]):
            _check_proxy(proxy)
        if isinstance(self._options["verify"], str):
            _check_certificates(self._options["verify"])
        self._adapter = _BoundedAdapter(self._bounds, connections)

    def exchange(self, request: requests.PreparedRequest, turn: LargeAnswerTurn) -> Answer:
        """Send a request and return its answer; raises WireError if there is none that can be read.

        Of a large answer the rest is read when it is its turn, which is not over then.
        """
        with _understood():
            response = self._send(request)
            try:
                body = self._body(response, turn)
            except BaseException:
                response.close()
                raise
        return Answer(response.status_code, response.headers, body)

    def status(self, request: requests.PreparedRequest) -> int:
        """Send a request and return the status of its answer, whose body is left unread; raises WireError."""
        with _understood(), self._send(request) as response:
            return response.status_code

    def _send(self, request: requests.PreparedRequest) -> requests.Response:
        return self._adapter.send(request, timeout=self._bounds.waits, **self._options)

    def _body(self, response: requests.Response, turn: LargeAnswerTurn) -> bytes:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ENCODINGS:
            raise BrokenError("its encoding was not requested")
        body = io.BytesIO()
        for piece in response.raw.stream(PIECE, decode_content=True):
            body.write(piece)
            if body.tell() > self._bounds.size:
                raise TooLargeError(_too_large(self._bounds.size))
            if body.tell() > LARGE_BYTES:
                turn.take()
        return body.getvalue()


class _BoundedAdapter(HTTPAdapter):
    """Has every connection, those through a proxy too, give bounded answers."""

    def __init__(self, bounds: Bounds, connections: int) -> None:
        self._bounds = bounds
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the manager of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self._bound(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the manager of connections through a proxy."""
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if is_new:
            self._bound(manager)
        return manager

    def _bound(self, manager: Any) -> None:
        pools = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = {scheme: self._bounded(pool) for scheme, pool in pools.items()}

    def _bounded(self, pool: Any) -> Any:
        bounds = self._bounds

        class Bounded(pool):  # type: ignore[misc]
            def _new_conn(self) -> Any:
                connection = super()._new_conn()
                connection.response_class = partial(_BoundedResponse, bounds)
                return connection

        return Bounded


class _BoundedResponse(http.client.HTTPResponse):
    """A response that is read within bounds, from its first line to the end of its body."""

    def __init__(self, bounds: Bounds, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Bounded(self.fp.detach(), sock, bounds))


class _Bounded(io.RawIOBase):
    """The bytes that come from a socket, as many and as long as the bounds allow."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, bounds: Bounds) -> None:
        self._raw = raw
        self._socket = sock
        self._bounds = bounds
        self._ends_at = time.monotonic() + bounds.seconds
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is. Raises TimeoutError and TooLargeError."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(min(left, self._bounds.waits[1]))
        count: int | None = self._raw.readinto(buffer)
        self._read += count or 0
        if self._read > self._bounds.size:
            raise TooLargeError(_too_large(self._bounds.size))
        return count

    def close(self) -> None:
        """Close what is read from."""
        if not self.closed:
            self._raw.close()
        super().close()


@contextmanager
def _understood() -> Iterator[None]:
    """Turn whatever the libraries raise about an exchange into WireError."""
    try:
        yield
    except Exception as error:
        raise wire_error(error) from error


def _too_large(most: int) -> str:
    return f"more than {most / 2**20:,.0f} MiB"


def _check_proxy(proxy: str) -> None:
    """Raise ConfigurationError if what the environment names is no proxy's address."""
    try:
        parts = parse_url(prepend_scheme_if_needed(proxy, "http"))  # type: ignore[no-untyped-call]
    except LocationParseError:
        parts = parse_url("")
    if not parts.host or parts.scheme not in PROXY_SCHEMES:
        raise ConfigurationError(
            "The proxy in HTTPS_PROXY or ALL_PROXY is not a valid address. Write it as http://HOST:PORT."
        )


def _check_certificates(place: str) -> None:
    """Raise ConfigurationError if the certificates that the environment names cannot be read."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=place)
    except IsADirectoryError:
        return
    except OSError as error:
        raise ConfigurationError(
            "The certificates in REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE cannot be read "
            f"({'not a PEM file' if isinstance(error, ssl.SSLError) else error.strerror})."
        ) from error
