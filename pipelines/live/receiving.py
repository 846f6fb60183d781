"""The receiving process: serves the webhook's path until the command's process says stop, or is gone."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import resource
import signal
import socket
import threading
import time
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection

import uvicorn
from accbooks_warehouse.pipelines.destinations.event_stores import open_store
from accbooks_warehouse.pipelines.live.impatient import ImpatientProtocol
from accbooks_warehouse.pipelines.live.messages import (
    CompanyIds,
    EventsStored,
    Listening,
    ReceiverFailed,
    ReceiverOptions,
    ReceiverWarning,
    Stop,
    WorkerFigures,
)
from accbooks_warehouse.pipelines.live.metrics import Metrics
from accbooks_warehouse.pipelines.live.receiver import Health, Receiver, metrics_app, public_app
from accbooks_warehouse.pipelines.live.writer import StoreWriter
from starlette.applications import Starlette

LOOPBACK = "127.0.0.1"
BACKLOG = 2048
PORT_SECONDS = 5.0
"""How long to try for a port that a process which just ended still holds."""
END_SECONDS = 3
ALIVE_SECONDS = 1.0
"""How soon the end of the serving thread is noticed."""
WARNING_SECONDS, MOST_WARNINGS = 60.0, 1_000


def serve(options: ReceiverOptions, connection: Connection) -> None:
    """Serve until told to stop, or until the other end of the connection is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command decides when this process ends
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("uvicorn.error").setLevel(
        logging.ERROR
    )  # strangers cannot fill the log with bad requests
    _allow_connections()
    sockets = _listening(options)
    if isinstance(sockets, ReceiverFailed):
        connection.send(sockets)
    else:
        _Receiving(options, connection, sockets).run()


def _listening(options: ReceiverOptions) -> list[socket.socket] | ReceiverFailed:
    """Return the sockets for events and for metrics, or why there are none."""
    wanted = [(options.host, options.port, f"{options.host} port {options.port}")]
    if options.metrics_port is not None:
        wanted.append((LOOPBACK, options.metrics_port, f"{LOOPBACK} port {options.metrics_port}"))
    sockets: list[socket.socket] = []
    for host, port, place in wanted:
        try:
            sockets.append(_bound(host, port))
        except OSError as error:
            for each in sockets:
                each.close()
            return ReceiverFailed(f"{place} ({_said(error)})")
    return sockets


def _said(error: OSError) -> str:
    """Return what the system says, without what Python adds; the errors of host names are no system's."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)


def _allow_connections() -> None:
    """Let this process open as many connections as the system allows it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class _Messages:
    """Tells the command what happens, in a thread of its own: nobody here waits for the command to listen."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changed = threading.Condition()
        self._stored = 0
        self._warnings: list[ReceiverWarning] = []
        threading.Thread(target=self._run, name="webhook-messages", daemon=True).start()

    def stored(self, count: int) -> None:
        """Tell that so many new events are stored; what was not told yet is told together."""
        with self._changed:
            self._stored += count
            self._changed.notify()

    def warn(self, text: str) -> None:
        """Tell a problem; one too many is dropped."""
        with self._changed:
            if len(self._warnings) < MOST_WARNINGS:
                self._warnings.append(ReceiverWarning(text))
            self._changed.notify()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                for message in self._next():
                    self._connection.send(message)

    def _next(self) -> list[EventsStored | ReceiverWarning]:
        with self._changed:
            self._changed.wait_for(lambda: self._stored or self._warnings)
            stored, warnings = self._stored, self._warnings
            self._stored, self._warnings = 0, []
        return [*([EventsStored(stored)] if stored else []), *warnings]


class _Receiving:
    """The servers of this process, and the thread that reads what the command says."""

    def __init__(
        self, options: ReceiverOptions, connection: Connection, sockets: list[socket.socket]
    ) -> None:
        self._connection = connection
        self._sockets = sockets
        self._messages = _Messages(connection)
        self._metrics = Metrics()
        opened = partial(open_store, options.store)
        self._writer = StoreWriter(opened(), self._messages.stored)
        self._warned: dict[str, float] = {}
        self._receiver = Receiver(options.secrets, self._writer, self._metrics, self._warn)
        self._health = Health(opened, self._metrics, lambda: self._receiver.companies)
        apps = [public_app(options.path, self._receiver, self._health), metrics_app(self._health)]
        self._servers = [_server(app) for app, _ in zip(apps, sockets, strict=False)]

    def run(self) -> None:
        """Serve until told to stop, or until serving fails."""
        ports = [each.getsockname()[1] for each in self._sockets]
        with suppress(OSError):  # before anything else is told: clients that come now wait at the socket
            self._connection.send(Listening(ports[0], ports[1] if len(ports) > 1 else None))
        serving = threading.Thread(target=self._serve, name="webhook-server")
        serving.start()
        with suppress(EOFError, OSError):
            while serving.is_alive():
                if self._connection.poll(ALIVE_SECONDS):
                    message = self._connection.recv()
                    if isinstance(message, Stop):
                        break
                    self._take(message)
        self._health.is_stopping = True
        for server in self._servers:
            server.should_exit = True
        serving.join()
        self._writer.close()

    def _take(self, message: object) -> None:
        match message:
            case CompanyIds():
                self._receiver.companies = message
            case WorkerFigures():
                self._health.figures = message
                self._metrics.take(message)

    def _warn(self, text: str) -> None:
        """Report a problem, the same one once a minute: there may be one for each event."""
        now = time.monotonic()
        if len(self._warned) >= MOST_WARNINGS:
            self._warned = {each: at for each, at in self._warned.items() if now - at < WARNING_SECONDS}
        if now - self._warned.get(text, -math.inf) >= WARNING_SECONDS and len(self._warned) < MOST_WARNINGS:
            self._warned[text] = now
            self._messages.warn(text)

    def _serve(self) -> None:
        asyncio.run(self._serve_all())

    async def _serve_all(self) -> None:
        served = zip(self._servers, self._sockets, strict=True)
        await asyncio.gather(*(server.serve(sockets=[each]) for server, each in served))


def _server(app: Starlette) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=END_SECONDS,
    )
    return uvicorn.Server(config)


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; waits for a port that a process which just ended still holds."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    until = time.monotonic() + PORT_SECONDS
    while True:
        try:
            is_of_both = address[0] == "::" and socket.has_dualstack_ipv6()
            return socket.create_server(
                address[:2], family=family, backlog=BACKLOG, dualstack_ipv6=is_of_both
            )
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
