"""A server that answers with bytes of the test's choice, well-formed or not, and notes what it is sent."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Reply = Callable[[bytes], Iterable[bytes]]
"""Gives the bytes that follow a request, piece by piece."""


@dataclass
class RawServer:
    """Where it listens, and the requests it was sent, one for each connection."""

    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/"

    @property
    def secure_url(self) -> str:
        return f"https://127.0.0.1:{self.port}/v1/"


@contextmanager
def serving(reply: Reply | bytes, certificate: str | None = None) -> Iterator[RawServer]:
    """Serve until the block ends: a request each connection, which is closed after the reply."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(listener.getsockname()[1])
        over = threading.Event()

        def answer(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), connection:
                connection.settimeout(30)
                stream = connection if context is None else context.wrap_socket(connection, server_side=True)
                with stream:
                    request = stream.recv(65536)
                    server.requests.append(request)
                    for piece in [reply] if isinstance(reply, bytes) else reply(request):
                        stream.sendall(piece)
                        if over.is_set():
                            return
                    with contextlib.suppress(OSError):
                        stream.shutdown(socket.SHUT_WR)
                        stream.recv(65536)  # a connection closed with something unread is reset

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield server
        finally:
            over.set()
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
