"""Exchange HTTP messages with a server that is not trusted, with limits in bytes and in time.

A page of a hundred records has some hundred kilobytes, and the largest report some megabytes. A larger or
slower response is not one of an accounting API.
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
from functools import cache, partial
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
"""The longest time from the request to the last byte of its response, however steadily bytes arrive."""
CONNECT_AND_SILENCE_SECONDS = (10.0, 60.0)
"""The longest wait for a connection, and for the next byte."""
PIECE = 2**16
PROXY_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})
ENCODINGS = frozenset({"", "identity", "gzip"})
"""The content encodings requested; no others can be decoded within the limits."""


@dataclass(frozen=True)
class Bounds:
    """Limits of a response in bytes and seconds; `waits` are those for connecting and for the next byte."""

    size: int = MOST_BYTES
    seconds: float = LONGEST_ANSWER_SECONDS
    waits: tuple[float, float] = CONNECT_AND_SILENCE_SECONDS


@dataclass(frozen=True)
class Answer:
    """A complete, decoded response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Sends requests to one server; safe to share between threads.

    Uses the environment's proxies and certificates, but no proxy for loopback addresses: plain HTTP to this
    machine must not leave it. A proxy to any other host passes on TLS and does not see the key. Redirects are
    not followed. Raises ConfigurationError if the environment has an invalid proxy, or certificates that
    cannot be read.
    """

    def __init__(self, url: str, *, connections: int = 1, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        with requests.Session() as session:
            self._options: dict[str, Any] = dict(
                session.merge_environment_settings(url, {}, True, None, None)
            )
        address = urlsplit(url)
        if is_loopback(address.hostname or ""):
            self._options["proxies"] = {}
        elif proxy := select_proxy(url, self._options["proxies"]):
            _check_proxy(proxy)
        if address.scheme == "https" and isinstance(self._options["verify"], str):
            _check_certificates(self._options["verify"])
        self._adapter = _BoundedAdapter(self._bounds, connections)

    def exchange(self, request: requests.PreparedRequest, turn: LargeAnswerTurn) -> Answer:
        """Send a request and return its response; raises WireError if none can be read.

        The rest of a large response is read when it has the turn, and it keeps the turn.
        """
        with _as_wire_error():
            response = self._send(request)
            try:
                body = self._body(response, turn)
            except BaseException:
                response.close()
                raise
        return Answer(response.status_code, response.headers, body)

    def status(self, request: requests.PreparedRequest) -> int:
        """Send a request and return the status of its answer, whose body is left unread; raises WireError."""
        with _as_wire_error(), self._send(request) as response:
            return response.status_code

    def hang_up(self) -> None:
        """Close idle connections; a later request opens another."""
        self._adapter.close()

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
    """Limits the responses of every connection, also through a proxy."""

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
    """A response that is read within limits, from its first line to the end of its body."""

    def __init__(self, bounds: Bounds, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Bounded(self.fp.detach(), sock, bounds))

    def begin(self) -> None:
        """Read the headers; where they are none to go on with, close the socket's file.

        http.client does not close it when the connection breaks off, nor urllib3 when it refuses headers that
        say different lengths.
        """
        try:
            super().begin()
        except ConnectionError:
            self.close()
            raise
        given = ",".join(self.headers.get_all("Content-Length", ()))
        if len({length.strip() for length in given.split(",")}) > 1:
            raise http.client.HTTPException(f"Content-Length is {given}")


class _Bounded(io.RawIOBase):
    """Reads bytes from a socket up to the limits of size and time."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, bounds: Bounds) -> None:
        self._raw = raw
        self._socket = sock
        self._bounds = bounds
        self._ends_at = time.monotonic() + bounds.seconds
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read the bytes that are there. Raises TimeoutError and TooLargeError."""
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
        """Close the socket's file."""
        if not self.closed:
            self._raw.close()
        super().close()


@contextmanager
def _as_wire_error() -> Iterator[None]:
    """Turn any error of the HTTP libraries into a WireError."""
    try:
        yield
    except Exception as error:
        raise wire_error(error) from error


def _too_large(most: int) -> str:
    return f"more than {most / 2**20:,.0f} MiB"


def _check_proxy(proxy: str) -> None:
    """Raise ConfigurationError if the environment's proxy is not a valid address."""
    try:
        parts = parse_url(prepend_scheme_if_needed(proxy, "http"))  # type: ignore[no-untyped-call]
    except LocationParseError:
        parts = parse_url("")
    if not parts.host or parts.scheme not in PROXY_SCHEMES:
        raise ConfigurationError(
            "The proxy in HTTPS_PROXY or ALL_PROXY is not a valid address. Write it as http://HOST:PORT."
        )


@cache
def _check_certificates(place: str) -> None:
    """Raise ConfigurationError if the environment's certificates cannot be read; looks at good ones once.

    To read a bundle takes longer than all requests of a small company do.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=place)
    except IsADirectoryError:
        return
    except OSError as error:
        raise ConfigurationError(
            "The certificates in REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE cannot be read "
            f"({'not a PEM file' if isinstance(error, ssl.SSLError) else error.strerror})."
        ) from error
