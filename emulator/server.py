"""Serve the emulator over HTTP: in the foreground, or in a thread for a test or the demo."""

import asyncio
import gc
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from threading import Event, Thread
from typing import Any

import uvicorn
from accbooks_warehouse.emulator.access_control import AccessControl, EmulatorState
from accbooks_warehouse.emulator.api import create_api
from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.clock import Clock
from accbooks_warehouse.emulator.faults import Faults
from accbooks_warehouse.emulator.generator import generate
from accbooks_warehouse.emulator.rates import Rates
from accbooks_warehouse.emulator.settings import Fault, Settings, key_of
from accbooks_warehouse.emulator.traffic import Traffic
from accbooks_warehouse.emulator.webhooks import Endpoint, Webhooks
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

logger = logging.getLogger(__name__)

START_SECONDS = 30
BACKLOG = 2048
DECIDES_BOOKS = ("seed", "size", "today", "year_ends", "base_currencies", "plan", "order")
"""The settings that decide which books are generated."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator: its addresses, keys, books, statistics and faults."""

    settings: Settings
    base_url: str
    emulator_state: EmulatorState

    @property
    def admin_url(self) -> str:
        """The address of the endpoints that AccBooks does not have."""
        return self.base_url.removesuffix("v1/") + "_emulator/"

    @property
    def key(self) -> str:
        """The read-write key of the first company."""
        return key_of(0)

    @property
    def keys(self) -> list[str]:
        """The read-write key of each company."""
        return [key_of(company) for company in range(self.settings.companies)]

    @property
    def books(self) -> Books:
        """The books of the first company; edits are visible at once."""
        return self.emulator_state.books[0]

    @property
    def all_books(self) -> tuple[Books, ...]:
        """The books of each company."""
        return self.emulator_state.books

    @property
    def statistics(self) -> Traffic:
        """The counts of requests so far."""
        return self.emulator_state.traffic

    @property
    def webhooks(self) -> Webhooks:
        """What sends events of changes in the books, once an endpoint is registered."""
        return self.emulator_state.webhooks

    def register(self, url: str, *secrets: str, company: int = 0, **how: Any) -> None:
        """Send a company's events there; `how` are the other fields of `emulator.webhooks.Endpoint`."""
        self.webhooks.register(company, Endpoint(url, secrets, **how))

    def arm(self, fault: Fault) -> None:
        """Arm a fault. Raises ValueError for an unknown kind."""
        self.emulator_state.faults.arm(fault)

    def clear_faults(self) -> None:
        """Disarm every fault and set the clock right."""
        self.emulator_state.faults.clear()


class Protocol(H11Protocol):
    """HTTP that lets the application close the connection without a response."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let the application close the connection."""
        super().connection_made(transport)
        self.app = _with_hang_up(self.app, transport)


class Server(uvicorn.Server):
    """A server that calls back when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and call `started`."""
        await super().startup(sockets)
        self.ready.set()


def new_state(settings: Settings) -> EmulatorState:
    """Generate the books and return the state of an emulator."""
    clock = Clock()
    rates = Rates(clock, settings.limits, settings.minute)
    faults = Faults(settings.seed, rates, clock)
    for fault in settings.faults:
        faults.arm(fault)
    books = tuple(_books(settings.of(company), company) for company in range(settings.companies))
    webhooks = Webhooks(settings.seed, clock)
    for company, kept in enumerate(books):
        kept.watch = partial(webhooks.tell_change, company, kept.company)
    return EmulatorState(settings, books, clock, rates, faults, Traffic(), webhooks)


def _books(settings: Settings, company: int) -> Books:
    """Return a company's books; small ones are generated once per process and copied, for fast tests."""
    if settings.size not in ("empty", "small"):
        return generate(settings, company)
    return _written(company, tuple((name, getattr(settings, name)) for name in DECIDES_BOOKS)).copy()


@lru_cache(maxsize=16)
def _written(company: int, chosen: tuple[tuple[str, Any], ...]) -> Books:
    return generate(Settings(**dict(chosen)), company)


def serve(settings: Settings, started: Callable[[Emulator], None] | None = None) -> None:
    """Serve until interrupted; calls `started` first. Raises OSError if the address is in use."""
    logger.info("writing %s books", settings.size)
    emulator_state = new_state(settings)
    gc.freeze()
    with _listening(settings) as listener:
        emulator = _emulator(emulator_state, listener)
        logger.info("serving AccBooks on %s with the keys %s", emulator.base_url, ", ".join(emulator.keys))
        if started is not None:
            started(emulator)
        try:
            with suppress(KeyboardInterrupt):
                _server(emulator_state).run(sockets=[listener])
        finally:
            emulator_state.webhooks.close()


@contextmanager
def running(settings: Settings | None = None) -> Iterator[Emulator]:
    """Serve in a thread until the block ends, on a free port unless the settings name one.

    Without settings: small books, an Enterprise key. Raises RuntimeError if the server does not start.
    """
    settings = settings or Settings(plan="enterprise")
    emulator_state = new_state(settings)
    with _listening(settings) as listener:
        server = _server(emulator_state)
        thread = Thread(target=server.run, args=([listener],), name="emulator", daemon=True)
        thread.start()
        try:
            if not server.ready.wait(START_SECONDS):
                raise RuntimeError("the emulator did not start")
            yield _emulator(emulator_state, listener)
        finally:
            emulator_state.webhooks.close()
            emulator_state.faults.clear()  # a held response would keep the server running
            server.should_exit = True
            thread.join()


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(
        family, socket.SOCK_STREAM, socket.IPPROTO_TCP
    ) as listener:  # asyncio then sets TCP_NODELAY
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
        yield listener


def _server(emulator_state: EmulatorState) -> Server:
    config = uvicorn.Config(
        AccessControl(create_api(emulator_state), emulator_state),
        http=Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return Server(config)


def _emulator(emulator_state: EmulatorState, listener: socket.socket) -> Emulator:
    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    return Emulator(replace(emulator_state.settings, port=port), f"http://{name}:{port}/v1/", emulator_state)


def _with_hang_up(app: ASGIApp, transport: asyncio.Transport) -> ASGIApp:
    async def connected(scope: Scope, receive: Receive, send: Send) -> None:
        scope["hang_up"] = transport.abort
        await app(scope, receive, send)

    return connected
